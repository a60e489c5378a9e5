"""Expired sessions come off their numbers, in Postgres."""

from collections import Counter

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.events import put_events
from adapters.storage.postgres.sql import statement
from adapters.storage.postgres.transaction import Transaction
from adapters.storage.postgres.writing import LoadChange, change_loads
from masking_core.events import Event, EventKind
from masking_core.instants import Instant


def unload_some_expired(database: Database, now: Instant, limit: int) -> int:
    """Take at most ``limit`` expired sessions off their numbers but those another writer has; return how many."""
    return database.write(lambda transaction: _unload(transaction, now, limit), repeatable=True)


def unload_all_expired(database: Database, now: Instant) -> int:
    """Take every expired session off its numbers, or wait for whoever does so; return how many."""
    return database.write(lambda transaction: _unload(transaction, now, None), repeatable=True)


def _unload(transaction: Transaction, now: Instant, limit: int | None) -> int:
    """In one transaction that need not be flushed: an expired session is found again, and this is all it undoes."""
    expired = statement("all_expired_sessions", now) if limit is None else statement("expired_sessions", now, limit)
    (rows,) = transaction.begin(expired, durable=False)
    if rows:
        loads = Counter(proxy for _, *proxies, _, _, _ in rows for proxy in proxies)
        transaction.commit(
            statement("unload_sessions", [row for row, *_ in rows]),
            change_loads({number: LoadChange(-load) for number, load in loads.items()}, now),
            put_events([Event(EventKind.SESSION_EXPIRED, now, *names) for _, _, _, *names in rows]),
        )
    return len(rows)
