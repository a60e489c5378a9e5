"""What one transaction does with a session, in Postgres."""

from collections.abc import Sequence

from adapters.storage.codec import decode_session
from adapters.storage.exhausted import NoneFree
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.events import put_events
from adapters.storage.postgres.placing import HeldByExpired, placed
from adapters.storage.postgres.source import PostgresSource, Questions
from adapters.storage.postgres.sql import statement
from adapters.storage.postgres.transaction import Fence, Transaction
from adapters.storage.postgres.writing import (
    change_session,
    drop_routes,
    drop_sessions,
    lost_pairs,
    move_load,
    put_routes,
    put_session,
)
from masking_core.errors import Conflict, NotFound, SessionEnded
from masking_core.events import EventKind, opening_events, session_event
from masking_core.instants import NEVER, Instant
from masking_core.keys import check_ring
from masking_core.opening import Opening, Revision, check_participants
from masking_core.sealed import LookupKey
from masking_core.sessions import Session

_NEW = 0


def open_session(
    database: Database, transaction: Transaction, opening: Opening, now: Instant, *, tidied: bool
) -> Session | NoneFree:
    """Open, or find what was opened before; raises what ``SessionStore`` does, and HeldByExpired unless ``tidied``."""
    draft = opening.draft
    questions = Questions(opening.pool, draft, _NEW, now)
    asked = [(need, questions.first(need)) for need in opening.needs]
    lookups = [lookup for need in opening.needs for lookup in need.lookups()]
    (checks,), *found = transaction.begin(
        statement("opening_checks", draft.request_id, draft.session_id, draft.pool, lookups, now),
        *(questions.statement(*each) for each in asked),
        fence=Fence.SHARED,
    )
    key_ids, known, has_pool, virtual, blocked, expired, row = checks
    check_ring(opening.key_ids, key_ids)
    if known is not None:
        transaction.confirm()
        return decode_session(known)
    if not has_pool:
        raise NotFound("pool", draft.pool)
    check_participants(opening.needs, virtual, blocked)
    # A session that reserves takes idle numbers, and on those no expired one may count any more.
    if expired and (draft.reserved or not tidied):
        raise HeldByExpired
    source = PostgresSource(transaction, questions, dict(zip(asked, found, strict=True)))
    session = placed(database, opening, questions, source, expired=expired)
    if isinstance(session, NoneFree):
        return session
    transaction.commit(
        move_load(None, session, now),
        put_session(row, session),
        put_routes(row, session, now),
        put_events(opening_events(session, now)),
    )
    return session


def find_request(transaction: Transaction, request_id: str) -> Session | None:
    """The session that a request opened, to be acknowledged again."""
    (rows,) = transaction.begin(statement("find_request", request_id))
    if not rows:
        return None
    transaction.confirm()
    return decode_session(rows[0][0])


def revise_session(
    database: Database, transaction: Transaction, revision: Revision, now: Instant
) -> Session | NoneFree:
    """Replace a session; raises what ``SessionStore`` does, and HeldByExpired."""
    revised = revision.revised
    lookups = [lookup for need in revision.needs if need is not None for lookup in need.lookups()]
    keys, found = transaction.begin(
        statement("get_keys"),
        statement("revision_checks", revised.session_id, lookups, now),
        fence=Fence.SHARED,
    )
    check_ring(revision.key_ids, [key_id for key_id, _ in keys])
    if not found:
        raise NotFound("session", revised.session_id)
    row, record, loading, virtual, blocked, expired = found[0]
    known = decode_session(record)
    if not known.is_active(now) or not loading:
        raise SessionEnded(known.session_id)
    if known.version != revised.version - 1:
        raise Conflict(f"session {known.session_id} was changed meanwhile")
    check_participants(revision.needs, virtual, blocked)
    if expired and revised.reserved:
        raise HeldByExpired
    if transaction.ask(lost_pairs(row, known, now))[0][0][0]:
        # It ran out while this change waited, and another session has taken a pair of it since.
        raise SessionEnded(known.session_id)
    questions = Questions(revision.pool, revised, row, now)
    session = placed(database, revision, questions, PostgresSource(transaction, questions, {}), expired=expired)
    if isinstance(session, NoneFree):
        return session
    transaction.commit(
        move_load(known, session, now),
        change_session(row, session, loading=True),
        put_routes(row, session, now),
        put_events([session_event(EventKind.SESSION_UPDATED, session, now)]),
    )
    return session


def close_session(transaction: Transaction, session_id: str, now: Instant) -> Session | None:
    """Close a session, unless that is done; None where there is none."""
    (found,) = transaction.begin(statement("lock_session", session_id))
    if not found:
        return None
    row, record, loading = found[0]
    session = decode_session(record)
    closed = session.closed(now)
    if closed is session and not loading:
        transaction.confirm()
        return session
    # One that expired is taken off its numbers too, lest a change that waits bring it back.
    kind = EventKind.SESSION_EXPIRED if closed is session else EventKind.SESSION_CLOSED
    transaction.commit(
        *([move_load(session, None, now)] if loading else []),
        change_session(row, closed, loading=False),
        put_routes(row, closed, now),
        put_events([session_event(kind, closed, now)]),
    )
    return closed


def forget_session(transaction: Transaction, session_id: str) -> None:
    """Forget a session that counts on no number any more."""
    (found,) = transaction.begin(statement("lock_session", session_id))
    if found and not found[0][2]:
        row, record, _ = found[0]
        transaction.commit(*drop_sessions({row: decode_session(record)}))


def rekey_session(transaction: Transaction, session: Session, dropped: Sequence[LookupKey]) -> None:
    """Replace a session by one under other keys. Raises Conflict."""
    (found,) = transaction.begin(statement("lock_session", session.session_id))
    if not found:
        return
    row, record, loading = found[0]
    known = decode_session(record)
    if known.version != session.version - 1:
        raise Conflict(f"session {known.session_id} was changed meanwhile")
    transaction.commit(
        change_session(row, session, loading=loading),
        put_routes(row, session, NEVER),
        *drop_routes([(lookup, row) for lookup in dropped]),
    )
