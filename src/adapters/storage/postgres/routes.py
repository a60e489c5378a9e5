"""The callback's look-up, in Postgres."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.storage.codec import decode_call_settings, decode_policy
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Statement, text
from adapters.together import shared
from masking_core.call_settings import PLAIN_CALL
from masking_core.matching import Route, RouteMatch
from masking_core.pools import Pool
from masking_core.sealed import LookupKey

Asked = tuple[str, Sequence[LookupKey]]
"""A dialled number, and its caller's look-up keys."""

FIND_ONE: Final = text("find_route", dialled="(SELECT $1::text)", callers="(SELECT $2::bytea[])::bytea[]")
"""The planner must not see how many look-up keys there are, or it plans anew each time; see ``find_routes.sql``."""
_TOGETHER: Final = 2
FIND_SEVERAL: Final = text(
    "find_routes", find_route=text("find_route", dialled="asked.dialled", callers="ARRAY[asked.caller, asked.other]")
)


class PostgresRoutes:
    """``RouteStore``."""

    _database: Database
    _decoded_pools: dict[tuple[str, int], Pool]
    """Every version of a pool that was met, for its policy is read with each callback and seldom changes."""

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        """See ``RouteStore``. Callbacks that are answered together share one statement."""
        row = shared(self._look_up, (dialled, callers))
        if row is None:
            return None
        name, version, policy, create_time, update_time, blocked = row[:6]
        pool = self._pool(name, version, policy, create_time, update_time)
        end_time, ended, side, session_id, callee_0, callee_1, proxy_0, proxy_1, settings, is_shown = row[6:]
        if session_id is None:
            return RouteMatch(pool, None, blocked)
        call_settings = PLAIN_CALL if settings is None else decode_call_settings(settings)
        if not is_shown and call_settings.fixed_caller_id:
            call_settings = call_settings.without_fixed_caller_id()
        callee, caller_id = (callee_0, proxy_0) if side else (callee_1, proxy_1)
        route = Route(session_id, end_time, ended, callee, 1 - side, caller_id, call_settings)
        return RouteMatch(pool, route, blocked)

    def _look_up(self, asked: Sequence[Asked]) -> Sequence[Sequence[Any] | None]:
        """What stands of each caller, and of the number that was dialled."""
        if len(asked) == 1 or any(len(callers) > _TOGETHER for _, callers in asked):
            found = [self._database.read(Statement(FIND_ONE, (dialled, list(callers)))) for dialled, callers in asked]
            return [rows[0] if rows else None for rows in found]
        keys = [(*callers, None, None)[:_TOGETHER] for _, callers in asked]
        numbers, firsts, others = [dialled for dialled, _ in asked], [key for key, _ in keys], [key for _, key in keys]
        rows = self._database.read(Statement(FIND_SEVERAL, (numbers, firsts, others)))
        found_at = {position: row for position, *row in rows}
        return [found_at.get(position) for position in range(1, len(asked) + 1)]

    def _pool(self, name: str, version: int, policy: str, create_time: int, update_time: int) -> Pool:
        pool = self._decoded_pools.get((name, version))
        if pool is None:
            pool = Pool(name, decode_policy(policy), create_time, update_time, version)
            self._decoded_pools[name, version] = pool
        return pool
