"""The Redis backend."""

import secrets
from collections.abc import Callable

from adapters.storage.redis.address import Address, parse
from adapters.storage.redis.blocks import RedisBlocks
from adapters.storage.redis.cluster import ClusterServers
from adapters.storage.redis.commands import command, load_scripts, script
from adapters.storage.redis.connections import Servers, single, under_sentinels
from adapters.storage.redis.durability import Durability
from adapters.storage.redis.keys import RedisKeys
from adapters.storage.redis.limits import RedisLimits
from adapters.storage.redis.link import Link
from adapters.storage.redis.listing import RedisListing
from adapters.storage.redis.moving import RedisMoving
from adapters.storage.redis.names import Names
from adapters.storage.redis.pins import RedisPins
from adapters.storage.redis.pools import PoolMemory, RedisPools
from adapters.storage.redis.records import RedisRecords
from adapters.storage.redis.routes import RedisRoutes
from adapters.storage.redis.sessions import RedisSessions
from adapters.storage.redis.sweeping import RedisSweeping
from adapters.storage.redis.transactions import Transactions
from adapters.storage.redis.usage import RedisUsage
from adapters.storage.redis.webhooks import RedisWebhooks
from masking_core.errors import StoreNotReady
from masking_core.ports.store import Store

_SCHEMA = b"1"


class RedisStore(
    RedisRoutes,
    RedisSessions,
    RedisListing,
    RedisSweeping,
    RedisPools,
    RedisPins,
    RedisLimits,
    RedisKeys,
    RedisMoving,
    RedisUsage,
    RedisWebhooks,
    RedisBlocks,
    RedisRecords,
):
    """A store in one Redis, in the master that Sentinels name, or in a Cluster."""

    def __init__(self, servers: Servers, prefix: str = "", replicas: int = 0) -> None:
        """Take the servers, which are first spoken to when the store is first used; see ``Link`` for ``replicas``."""
        load_scripts()
        self._link = Link(servers, replicas)
        self._names = Names(prefix.encode())
        self._pools = PoolMemory(self._link, self._names)
        self._durability = Durability()
        self._keys_then = {}
        self._transactions = Transactions(self._link, self._names, self._pools)

    def migrate(self) -> tuple[str, ...]:
        """See ``Store``. The schema is a version: what needs more than that will find it here."""
        key = self._names.only(b"schema")
        self._link.one(script("other/set_if", (self._names.only(b"id"),), b"", secrets.token_hex(16)))
        if self._link.one(script("other/set_if", (key,), b"", _SCHEMA)):
            return ("schema 1",)
        self._check_schema()
        return ()

    def check(self) -> None:
        """See ``Store``. Warns once of settings under which Redis can lose what it acknowledged."""
        self._check_schema()
        self._durability.check(self._link)

    def _check_schema(self) -> None:
        version = self._link.one(command("GET", self._names.only(b"schema")))
        if version is None:
            raise StoreNotReady("the Redis database is not migrated; run `masking migrate`")
        if version != _SCHEMA:
            raise StoreNotReady("the Redis database was migrated by a newer version of this program; run that version")

    def close(self) -> None:
        """See ``Store``."""
        self._link.servers.close()


_KINDS: dict[str, Callable[[Address], Servers]] = {
    "single": single,
    "sentinel": under_sentinels,
    "cluster": ClusterServers,
}


def open_store(url: str) -> Store:
    """The store that a URL names. Raises ValueError, without the URL, for another form."""
    address = parse(url)
    return RedisStore(_KINDS[address.kind](address), address.prefix, address.replicas)
