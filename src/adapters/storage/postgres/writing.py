"""The statements that store a session: its row, its load on the numbers, and its routes.

Every writer locks sessions first, then numbers, then routes, and of each kind in their order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adapters.storage.codec import encode
from adapters.storage.postgres.sql import Statement, statement
from masking_core.call_settings import PLAIN_CALL
from masking_core.instants import Instant
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, routes_of


class LoadChange(NamedTuple):
    """What is added to a number's load, whether a session newly takes it, and who has it alone, or empty."""

    added: int
    taken: bool = False
    reserved_by: str = ""


def put_session(row: int, session: Session) -> Statement:
    """Store a new session, which counts on its numbers."""
    return statement("put_session", *columns(row, session, loading=True))


def change_session(row: int, session: Session, *, loading: bool) -> Statement:
    """Replace a stored session."""
    return statement("change_session", *columns(row, session, loading=loading))


def columns(row: int, session: Session, *, loading: bool) -> tuple[object, ...]:
    """The row of a session: the arguments of put_session.sql."""
    first, second = session.sides
    return (
        row,
        session.session_id,
        session.pool,
        session.reference,
        session.request_id or None,
        session.version,
        session.end_time,
        session.close_time is not None,
        loading,
        first.current[0].caller.sealed,
        second.current[0].caller.sealed,
        first.proxy,
        second.proxy,
        None if session.call_settings == PLAIN_CALL else encode(session.call_settings),
        encode(session),
    )


def put_routes(row: int, session: Session, now: Instant) -> Statement:
    """Give a session its routes; those in force at ``now`` all, or the transaction is overtaken."""
    entries = sorted(routes_of(session), key=lambda entry: (entry.caller, entry.dialled))
    return statement(
        "put_routes",
        [entry.caller for entry in entries],
        [entry.dialled for entry in entries],
        [entry.side for entry in entries],
        [entry.end_time for entry in entries],
        row,
        now,
        session.end_time,
        sum(1 for entry in entries if entry.end_time > now and not entry.ended),
    )


def lost_pairs(row: int, session: Session, now: Instant) -> Statement:
    """Ask whether another session runs at ``now`` on a pair that this one has in force."""
    entries = [entry for entry in routes_of(session) if not entry.ended]
    return statement("lost_pairs", [entry.caller for entry in entries], [entry.dialled for entry in entries], row, now)


def drop_routes(callers: Sequence[tuple[LookupKey, int]]) -> tuple[Statement, ...]:
    """Forget what session rows have under look-up keys."""
    lookups, rows = [lookup for lookup, _ in callers], [row for _, row in callers]
    return tuple(statement(name, lookups, rows) for name in ("lock_routes", "drop_routes", "drop_callers"))


def drop_sessions(sessions: Mapping[int, Session]) -> tuple[Statement, ...]:
    """Forget locked sessions, by row, with their routes and reports."""
    callers = {(entry.caller, row) for row, session in sessions.items() for entry in routes_of(session)}
    return (
        *drop_routes(sorted(callers)),
        statement("forget_reports_of_sessions", [session.session_id for session in sessions.values()]),
        statement("forget_sessions", list(sessions)),
    )


def move_load(before: Session | None, after: Session | None, now: Instant) -> Statement:
    """Count a session on its numbers as it is after a change, and no longer as it was before."""
    old = Counter(side.proxy for side in before.sides) if before is not None else Counter[str]()
    new = Counter(side.proxy for side in after.sides) if after is not None else Counter[str]()
    owner = after.session_id if after is not None and after.reserved else ""
    return change_loads(
        {
            number: LoadChange(new[number] - old[number], number not in old, owner if number in new else "")
            for number in old.keys() | new.keys()
        },
        now,
    )


def change_loads(changes: Mapping[str, LoadChange], now: Instant) -> Statement:
    """Change the load of numbers: all of them, or the transaction is overtaken."""
    numbers = sorted(changes)
    return statement(
        "change_loads",
        numbers,
        [changes[number].added for number in numbers],
        [changes[number].taken for number in numbers],
        [changes[number].reserved_by for number in numbers],
        now,
    )
