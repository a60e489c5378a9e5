"""The callback's look-up, in Postgres."""

from collections.abc import Sequence

from adapters.storage.codec import decode_call_settings, decode_policy
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import statement
from masking_core.call_settings import PLAIN_CALL
from masking_core.matching import Route, RouteMatch
from masking_core.pools import Pool
from masking_core.sealed import LookupKey


class PostgresRoutes:
    """``RouteStore``."""

    _database: Database
    _decoded_pools: dict[tuple[str, int], Pool]
    """Every version of a pool that was met, for its policy is read with each callback and seldom changes."""

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        """See ``RouteStore``."""
        rows = self._database.read(statement("find_route", dialled, list(callers)))
        if not rows:
            return None
        name, version, policy, create_time, update_time, blocked = rows[0][:6]
        pool = self._pool(name, version, policy, create_time, update_time)
        end_time, ended, side, session_id, callee_0, callee_1, proxy_0, proxy_1, settings, is_shown = rows[0][6:]
        if session_id is None:
            return RouteMatch(pool, None, blocked)
        call_settings = PLAIN_CALL if settings is None else decode_call_settings(settings)
        if not is_shown and call_settings.fixed_caller_id:
            call_settings = call_settings.without_fixed_caller_id()
        callee, caller_id = (callee_0, proxy_0) if side else (callee_1, proxy_1)
        route = Route(session_id, end_time, ended, callee, 1 - side, caller_id, call_settings)
        return RouteMatch(pool, route, blocked)

    def _pool(self, name: str, version: int, policy: str, create_time: int, update_time: int) -> Pool:
        pool = self._decoded_pools.get((name, version))
        if pool is None:
            pool = Pool(name, decode_policy(policy), create_time, update_time, version)
            self._decoded_pools[name, version] = pool
        return pool
