"""Pools, in Redis, and the policies that every process remembers for a moment."""

import time
from collections.abc import Sequence

import msgspec

from adapters.storage.codec import decode_policy, encode
from adapters.storage.redis.commands import command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from masking_core.errors import AlreadyExists, Conflict, NotFound
from masking_core.pools import Pool

MEMORY_SECONDS = 0.5
"""For so long a process answers calls by a policy it has read; whoever changes a policy waits it out."""

_MARGIN = 1.1
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[int, int, int, str]).decode


class PoolMemory:
    """The pools that this process has read lately.

    A change of policy is acknowledged only when every process has forgotten what it read before, so
    that what stands here is never older than the last change that anybody was told of.
    """

    def __init__(self, link: Link, names: Names) -> None:
        """Begin empty."""
        self._link = link
        self._names = names
        self._read: dict[str, tuple[float, Pool]] = {}

    def get(self, name: str) -> Pool | None:
        """The pool, or None."""
        known = self._read.get(name)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        return self.read(name)

    def read(self, name: str) -> Pool | None:
        """The pool as it stands now, or None."""
        end = time.monotonic() + MEMORY_SECONDS
        raw = self._link.one(command("GET", self._names.pool(name)))
        if raw is None:
            return None
        pool = decoded(name, raw)
        self._read[name] = end, pool
        return pool

    def names(self) -> list[str]:
        """The names of all pools."""
        return [name.decode() for name in self._link.one(command("ZRANGE", self._names.only(b"pools"), 0, -1))]

    def forget(self, name: str) -> None:
        """Read the pool anew when it is asked for."""
        self._read.pop(name, None)

    def wait_until_forgotten(self, name: str) -> None:
        """Return when no process answers by what it read of the pool before this call."""
        self._read.pop(name, None)
        time.sleep(MEMORY_SECONDS * _MARGIN)


class RedisPools:
    """``PoolStore``, but for the usage."""

    _link: Link
    _names: Names
    _pools: PoolMemory

    def create_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        self._link.one(command("ZADD", self._names.only(b"pools"), 0, pool.name))
        key = self._names.pool(pool.name)
        if not self._link.one(script("other/set_if", (key,), b"", encoded(pool), once=True)):
            raise AlreadyExists(f"there is a pool {pool.name} already")

    def update_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        key = self._names.pool(pool.name)
        raw = self._link.one(command("GET", key))
        if raw is None:
            raise NotFound("pool", pool.name)
        changed = decoded(pool.name, raw).version != pool.version - 1
        if changed or not self._link.one(script("other/set_if", (key,), raw, encoded(pool), once=True)):
            raise Conflict(f"pool {pool.name} was changed meanwhile")
        self._pools.wait_until_forgotten(pool.name)

    def get_pool(self, name: str) -> Pool | None:
        """See ``PoolStore``."""
        return self._pools.read(name)

    def list_pools(self, after: str, limit: int) -> Sequence[Pool]:
        """See ``PoolStore``."""
        first = f"({after}" if after else "-"
        key = self._names.only(b"pools")
        found: list[Pool] = []
        while len(found) < limit:
            names = self._link.one(command("ZRANGEBYLEX", key, first, "+", "LIMIT", 0, limit - len(found)))
            if not names:
                break
            raws = self._link.many([command("GET", self._names.pool(name.decode())) for name in names])
            found += [decoded(name.decode(), raw) for name, raw in zip(names, raws, strict=True) if raw is not None]
            first = f"({names[-1].decode()}"
        return found


def encoded(pool: Pool) -> bytes:
    """A pool as it stands under its name."""
    return _pack((pool.version, pool.create_time, pool.update_time, encode(pool.policy)))


def decoded(name: str, raw: bytes) -> Pool:
    """What ``encoded`` made of a pool."""
    version, create_time, update_time, policy = _unpack(raw)
    return Pool(name, decode_policy(policy), create_time, update_time, version)
