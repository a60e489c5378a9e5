"""The callback's look-up, in Redis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from adapters.storage.redis.commands import Command, command
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.route_packing import BLOCKED, unpack_route
from adapters.storage.redis.server import Server
from adapters.together import shared
from masking_core.errors import StoreUnavailable
from masking_core.matching import Route, RouteMatch
from masking_core.phone_number import is_e164
from masking_core.pools import Pool
from masking_core.sealed import LookupKey


@dataclass(frozen=True, slots=True)
class _LookUp:
    """The round trip to one server that callbacks share: another server that is away fails none of them."""

    link: Link
    server: Server

    def __call__(self, asked: Sequence[Sequence[Command]]) -> list[list[Any]]:
        """The replies to the commands of several callbacks."""
        replies = iter(self.link.many([each for commands in asked for each in commands]))
        return [list(islice(replies, len(commands))) for commands in asked]


class RedisRoutes:
    """``RouteStore``."""

    _link: Link
    _names: Names
    _pools: PoolMemory

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        """See ``RouteStore``.

        A caller with a route is answered by one command on the caller's hash; who has none costs a
        second one, which asks whether the number is ours. So does a fixed caller ID, for it may have left.
        Callbacks that are answered together share the round trip of each to one server.
        """
        if not is_e164(dialled):
            return None
        digits = dialled[1:]
        fields = (digits, f"-{digits}", f"s{digits}", BLOCKED)
        asked = [command("HMGET", self._names.caller(each), *fields) for each in callers]
        found: tuple[str, Route] | None = None
        blocked = False
        for packed, callee, settings, block in self._replies(asked):
            blocked = blocked or block is not None
            if packed is not None:
                one = unpack_route(packed, callee, settings)
                if found is None or found[1].end_time < one[1].end_time:
                    found = one
        if found is not None:
            return RouteMatch(self._pool(found[0]), self._with_caller_id(found[1]), blocked)
        (holder,) = self._replies([command("GET", self._names.number(dialled))])
        return None if holder is None else RouteMatch(self._pool(holder.decode()), None, blocked)

    def _replies(self, asked: Sequence[Command]) -> Sequence[Any]:
        """The replies to one callback's commands."""
        if not asked:
            return ()
        return shared(_LookUp(self._link, self._link.servers.of(asked[0].key)), asked)

    def _with_caller_id(self, route: Route) -> Route:
        """The route without a fixed caller ID that is no virtual number any more."""
        fixed = route.call_settings.fixed_caller_id
        if not fixed:
            return route
        (holder,) = self._replies([command("GET", self._names.number(fixed))])
        if holder is not None:
            return route
        return replace(route, call_settings=route.call_settings.without_fixed_caller_id())

    def _pool(self, name: str) -> Pool:
        pool = self._pools.get(name)
        if pool is None:
            raise StoreUnavailable("a pool is missing from Redis, which has lost data")
        return pool
