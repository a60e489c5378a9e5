"""Somebody who can write to a store and has no key of its ring, and does so past ``masking``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import apsw
import msgspec
import psycopg
from redis import Redis, RedisCluster
from redis.cluster import ClusterNode

Line = tuple[int, str, bytes]


class Hand(Protocol):
    """What can be done to the audit of one store."""

    def lines(self) -> list[Line]:
        """Number, text and digest of every line."""
        ...

    def put(self, line: Line) -> None:
        """Write a line, in the place of the one with its number."""
        ...

    def spoil(self, number: int) -> None:
        """Write what is no text where a line stood."""
        ...

    def delete(self, number: int) -> None:
        """Delete a line."""
        ...

    def head(self) -> bytes:
        """The sealed head."""
        ...

    def put_head(self, head: bytes) -> None:
        """Write another head."""
        ...


class SqlHand:
    """Any client of a database, by what runs a statement in it."""

    def __init__(self, run: Callable[..., list[Any]], nonsense: str) -> None:
        self._run, self._nonsense = run, nonsense

    def lines(self) -> list[Line]:
        return self._run("SELECT number, text, digest FROM audit_lines ORDER BY number")

    def put(self, line: Line) -> None:
        self.delete(line[0])
        self._run("INSERT INTO audit_lines VALUES (?, ?, ?)", *line)

    def spoil(self, number: int) -> None:
        self._run(self._nonsense, number)

    def delete(self, number: int) -> None:
        self._run("DELETE FROM audit_lines WHERE number = ?", number)

    def head(self) -> bytes:
        ((head,),) = self._run("SELECT sealed FROM sealed_records WHERE name = 'audit-head'")
        assert isinstance(head, bytes)
        return head

    def put_head(self, head: bytes) -> None:
        self._run("UPDATE sealed_records SET sealed = ? WHERE name = 'audit-head'", head)


class RedisHand:
    """Any client of a Redis, or of a Cluster."""

    def __init__(self, client: Redis | RedisCluster, prefix: str) -> None:
        self._client = client
        self._lines, self._head = f"{prefix}{{i00}}a", f"{prefix}{{i00}}zaudit-head"

    def lines(self) -> list[Line]:
        found: Any = self._client.zrange(self._lines, 0, -1)
        return [tuple(msgspec.msgpack.decode(raw)) for raw in found]

    def put(self, line: Line) -> None:
        self.delete(line[0])
        self._client.zadd(self._lines, {msgspec.msgpack.encode(line): line[0]})

    def spoil(self, number: int) -> None:
        self.delete(number)
        self._client.zadd(self._lines, {b"\xff no line": number})

    def delete(self, number: int) -> None:
        self._client.zremrangebyscore(self._lines, number, number)

    def head(self) -> bytes:
        found = self._client.get(self._head)
        assert isinstance(found, bytes)
        return found

    def put_head(self, head: bytes) -> None:
        self._client.set(self._head, head)


@contextmanager
def laid_on(url: str) -> Iterator[Hand]:
    """A hand on the store at an address, which any client of its kind could have."""
    with _OPENED[urlsplit(url).scheme](url) as hand:
        yield hand


@contextmanager
def _on_sqlite(url: str) -> Iterator[Hand]:
    connection = apsw.Connection(urlsplit(url).path)
    connection.set_busy_timeout(10_000)
    nonsense = "UPDATE audit_lines SET text = CAST(x'ff00fe' AS TEXT) WHERE number = ?"
    yield SqlHand(lambda text, *told: connection.execute(text, told).fetchall(), nonsense)
    connection.close()


@contextmanager
def _on_postgres(url: str) -> Iterator[Hand]:
    with psycopg.connect(url, autocommit=True, options="-c search_path=masking") as connection:

        def run(text: str, *told: object) -> list[Any]:
            done = connection.execute(text.replace("?", "%s").encode(), told)
            return done.fetchall() if done.description else []

        yield SqlHand(run, "UPDATE audit_lines SET text = '' WHERE number = ?")


@contextmanager
def _on_redis(url: str) -> Iterator[Hand]:
    parts = urlsplit(url)
    places = [place.rpartition(":") for place in parts.netloc.split(",")]
    nodes = [(host, int(port)) for host, _, port in places]
    client: Redis | RedisCluster
    if parts.scheme == "redis":
        client = Redis(*nodes[0], protocol=2)
    else:
        client = RedisCluster(startup_nodes=_cluster_nodes(nodes), protocol=2)
    yield RedisHand(client, parse_qs(parts.query)["prefix"][0])
    client.close()


def _cluster_nodes(nodes: Sequence[tuple[str, int]]) -> list[ClusterNode]:
    return [ClusterNode(*node) for node in nodes]  # type: ignore[no-untyped-call] # redis-py's


_OPENED: Mapping[str, Callable[[str], AbstractContextManager[Hand]]] = {
    "sqlite": _on_sqlite,
    "postgresql": _on_postgres,
    "redis": _on_redis,
    "redis+cluster": _on_redis,
}
