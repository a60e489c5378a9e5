"""The callback's look-up, in SQLite."""

from collections.abc import Sequence

from adapters.storage.codec import decode_call_settings, decode_policy
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.sql import statement
from masking_core.call_settings import PLAIN_CALL, CallSettings
from masking_core.matching import Route, RouteMatch
from masking_core.pools import Pool
from masking_core.sealed import LookupKey


class SqliteRoutes:
    """``RouteStore``."""

    _database: Database
    _decoded_pools: dict[tuple[str, int], Pool]
    """Every version of a pool that was met, for its policy is read with each callback and seldom changes."""

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        """See ``RouteStore``."""
        text = statement("find_route", len(callers))
        with self._database.reading() as connection:
            rows = fetch(connection, text, (dialled, *callers))
        if not rows:
            return None
        row = rows[0] if len(rows) == 1 else max(rows, key=lambda each: each[6] or 0)
        name, version, policy, create_time, update_time, blocked = row[:6]
        pool = self._pool(name, version, policy, create_time, update_time)
        end_time, ended, side, session_id, callee_0, callee_1, proxy_0, proxy_1, settings = row[6:]
        if session_id is None:
            return RouteMatch(pool, None, bool(blocked))
        call_settings = PLAIN_CALL if settings is None else self._shown_settings(settings)
        callee, caller_id = (callee_0, proxy_0) if side else (callee_1, proxy_1)
        route = Route(session_id, end_time, bool(ended), callee, 1 - side, caller_id, call_settings)
        return RouteMatch(pool, route, bool(blocked))

    def _shown_settings(self, settings: str) -> CallSettings:
        """The settings without a fixed caller ID that is no virtual number any more.

        Asked for by itself, for that costs less than to have every callback's query look for it.
        """
        told = decode_call_settings(settings)
        if told.fixed_caller_id:
            with self._database.reading() as connection:
                ours = fetch(connection, "SELECT 1 FROM numbers WHERE number = ?", (told.fixed_caller_id,))
            return told if ours else told.without_fixed_caller_id()
        return told

    def _pool(self, name: str, version: int, policy: str, create_time: int, update_time: int) -> Pool:
        pool = self._decoded_pools.get((name, version))
        if pool is None:
            pool = Pool(name, decode_policy(policy), create_time, update_time, version)
            self._decoded_pools[name, version] = pool
        return pool
