"""Expired sessions come off their numbers, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.sqlite.database import fetch
from adapters.storage.sqlite.events import tell
from adapters.storage.sqlite.sql import statement
from masking_core.events import Event, EventKind
from masking_core.instants import Instant


def unload(connection: apsw.Connection, session_id: str, proxies: Sequence[str], now: Instant) -> None:
    """Count a session on its numbers no longer."""
    for proxy in proxies:
        connection.execute(statement("unload_number"), (proxy, session_id, now))


def unload_expired(connection: apsw.Connection, now: Instant, limit: int) -> int:
    """Take expired sessions off their numbers, at most ``limit`` unless negative, and return how many."""
    expired = fetch(connection, statement("expired_sessions"), (now, limit))
    for row, session_id, proxy_0, proxy_1, pool, version in expired:
        connection.execute("UPDATE sessions SET loading = 0 WHERE id = ?", (row,))
        unload(connection, session_id, (proxy_0, proxy_1), now)
        tell(connection, [Event(EventKind.SESSION_EXPIRED, now, pool, session_id, version)])
    return len(expired)
