"""Everything that is in a store after a person was erased, searched byte by byte, on every backend."""

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

from adapters.storage.redis.names import CALLER_BYTES, printable
from adapters.storage.registry import open_store
from masking_core.phone_number import RealNumber
from support.person import lookups_of, scattered, seals_of
from support.redis_servers import contents
from support.stores import URLS
from support.world import World, real


@pytest.fixture(params=sorted(URLS))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return URLS[request.param](tmp_path)


@pytest.fixture
def world(url: str) -> Iterator[World]:
    world = World(open_store(url))
    yield world
    world.store.close()


def test_nothing_of_a_person_who_was_erased_is_left_in_the_store(world: World, url: str) -> None:
    scattered(world)
    lookups = lookups_of(world)
    searched = [*lookups, *(each[:CALLER_BYTES] for each in lookups), *seals_of(world)]
    before = raw(world, url)
    assert all(written(before, each) for each in searched)

    done = world.erasing.erase(RealNumber(real(1)))

    assert (done.sessions_closed, done.sessions_forgotten, done.calls_anonymised) == (1, 2, 5)
    after = raw(world, url)
    assert len(after) > len(before) // 10
    assert not [each for each in searched if written(after, each)]
    assert real(1)[1:].encode() not in before + after


def written(content: bytes, secret: bytes) -> bool:
    """Whether the bytes stand in what was read, in any of the ways that the stores write bytes."""
    ways = (secret, base64.b64encode(secret), secret.hex().encode(), printable(secret))
    return any(way in content for way in ways)


def raw(world: World, url: str) -> bytes:
    """All that a store holds, read past it."""
    parts = urlsplit(url)
    match parts.scheme:
        case "memory":
            return b" ".join(_held(world.store, set()))
        case "sqlite":
            return b" ".join(file.read_bytes() for file in sorted(Path(parts.path).parent.iterdir()))
        case "postgresql":
            return _rows(url)
        case _:
            return contents(parts.netloc, parse_qs(parts.query)["prefix"][0])


def _rows(url: str) -> bytes:
    """Every row of every table, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'masking'").fetchall()
        asked = [sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier("masking", name)) for (name,) in tables]
        return "\n".join(row for each in asked for (row,) in connection.execute(each)).encode()


def _held(thing: object, seen: set[int]) -> Iterator[bytes]:
    """The bytes and texts in an object, and in all that it holds."""
    if isinstance(thing, bytes):
        yield thing
    elif isinstance(thing, str):
        yield thing.encode()
    elif id(thing) not in seen:
        seen.add(id(thing))
        held = [getattr(thing, name, None) for name in getattr(thing, "__slots__", ())]
        held += vars(thing).values() if hasattr(thing, "__dict__") else ()
        if isinstance(thing, dict):
            held += [*thing.keys(), *thing.values()]
        elif isinstance(thing, (list, tuple, set, frozenset)):
            held += thing
        for each in held:
            yield from _held(each, seen)
