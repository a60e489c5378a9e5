"""Sessions and their routes, in Postgres."""

from collections.abc import Sequence

from adapters.deadline import limited_to
from adapters.storage.codec import decode_session
from adapters.storage.exhausted import NoneFree, insisting
from adapters.storage.postgres.database import PATIENCE, Database
from adapters.storage.postgres.events import put_events
from adapters.storage.postgres.expiry import unload_all_expired, unload_some_expired
from adapters.storage.postgres.lists import Lists
from adapters.storage.postgres.placing import HeldByExpired, check_real_numbers, placed
from adapters.storage.postgres.source import PostgresSource, Questions
from adapters.storage.postgres.sql import Statement, statement, text
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
from masking_core.opening import Opening, Revision
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery, SessionState

_SWEPT_WITH_EACH_OPENING = 16
_NEW = 0
_AFTER_EVERY_ID = "~"

_OF_CALLER = "AND s.id IN (SELECT session FROM masking.callers WHERE caller = ANY (${}::bytea[]))"

_STATES: dict[SessionState | None, str] = {
    None: "",
    SessionState.ACTIVE: "AND s.loading AND s.end_time > ",
    SessionState.CLOSED: "AND s.closed = ",
    SessionState.EXPIRED: "AND NOT s.closed AND s.end_time <= ",
}


class PostgresSessions:
    """``SessionStore``, and the re-keying and forgetting of single sessions."""

    _database: Database
    _lists: Lists

    def open_session(self, opening: Opening, now: Instant) -> Session:
        """See ``SessionStore``.

        Two round trips, begun and committed, when nothing has expired and the first search of each side finds.
        """
        with limited_to(PATIENCE):
            return insisting(lambda: self._open(opening, now))

    def _open(self, opening: Opening, now: Instant) -> Session | NoneFree:
        try:
            return self._open_at_once(opening, now, tidied=False)
        except HeldByExpired:
            unload_some_expired(self._database, now, _SWEPT_WITH_EACH_OPENING)
        while True:
            try:
                return self._open_at_once(opening, now, tidied=True)
            except HeldByExpired:
                unload_all_expired(self._database, now)

    def _open_at_once(self, opening: Opening, now: Instant, *, tidied: bool) -> Session | NoneFree:
        """Open in one transaction. It may be done twice, for it looks for the session of its own id as well."""
        return self._database.write(
            lambda transaction: _open(self._database, transaction, opening, now, tidied=tidied), repeatable=True
        )

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        return self._database.write(lambda transaction: _find_request(transaction, request_id), repeatable=True)

    def get_session(self, session_id: str) -> Session | None:
        """See ``SessionStore``."""
        rows = self._database.read(statement("get_session", session_id))
        return decode_session(rows[0][0]) if rows else None

    def list_sessions(self, query: SessionQuery, now: Instant) -> Sequence[Session]:
        """See ``SessionStore``."""
        arguments: list[object] = [query.after or _AFTER_EVERY_ID, query.limit]
        conditions = []
        for condition, asked, value in (
            ("AND s.pool = ", query.pool, query.pool),
            ("AND s.reference <> '' AND s.reference = ", query.reference, query.reference),
            (_STATES[query.state], query.state, query.state is SessionState.CLOSED or now),
        ):
            if asked:
                arguments.append(value)
                conditions.append(f"{condition}${len(arguments)}")
        if query.lookups:
            arguments.append(list(query.lookups))
            conditions.append(_OF_CALLER.format(len(arguments)))
        listing = Statement(text("list_sessions", where=" ".join(conditions)), arguments)
        # A person's sessions are listed in order to erase them, too: none may be missing.
        whole = not conditions or bool(query.lookups)
        return [decode_session(record) for (record,) in self._lists.read(listing, whole=whole)]

    def revise_session(self, revision: Revision, now: Instant) -> Session:
        """See ``SessionStore``."""
        with limited_to(PATIENCE):
            return insisting(lambda: self._revise(revision, now))

    def _revise(self, revision: Revision, now: Instant) -> Session | NoneFree:
        while True:
            try:
                return self._database.write(lambda transaction: _revise(self._database, transaction, revision, now))
            except HeldByExpired:
                unload_all_expired(self._database, now)

    def close_session(self, session_id: str, now: Instant) -> Session | None:
        """See ``SessionStore``."""
        return self._database.write(lambda transaction: _close(transaction, session_id, now), repeatable=True)

    def forget_session(self, session_id: str) -> None:
        """See ``SessionKeeping``."""
        self._database.write(lambda transaction: _forget(transaction, session_id), repeatable=True)

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """See ``SessionKeeping``."""
        self._database.write(lambda transaction: _rekey(transaction, session, dropped))


def _open(
    database: Database, transaction: Transaction, opening: Opening, now: Instant, *, tidied: bool
) -> Session | NoneFree:
    draft = opening.draft
    questions = Questions(opening.pool, draft, _NEW, now)
    asked = [(need, questions.first(need)) for need in opening.needs]
    lookups = [lookup for need in opening.needs for lookup in need.lookups()]
    (checks,), *found = transaction.begin(
        statement("opening_checks", draft.request_id, draft.session_id, draft.pool, lookups, now),
        *(questions.statement(*each) for each in asked),
        fence=Fence.SHARED,
    )
    key_ids, known, has_pool, virtual, expired, row = checks
    check_ring(opening.key_ids, key_ids)
    if known is not None:
        transaction.confirm()
        return decode_session(known)
    if not has_pool:
        raise NotFound("pool", draft.pool)
    check_real_numbers(opening.needs, virtual)
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


def _find_request(transaction: Transaction, request_id: str) -> Session | None:
    """Find what is to be acknowledged again."""
    (rows,) = transaction.begin(statement("find_request", request_id))
    if not rows:
        return None
    transaction.confirm()
    return decode_session(rows[0][0])


def _revise(database: Database, transaction: Transaction, revision: Revision, now: Instant) -> Session | NoneFree:
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
    row, record, loading, virtual, expired = found[0]
    known = decode_session(record)
    if not known.is_active(now) or not loading:
        raise SessionEnded(known.session_id)
    if known.version != revised.version - 1:
        raise Conflict(f"session {known.session_id} was changed meanwhile")
    check_real_numbers(revision.needs, virtual)
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


def _close(transaction: Transaction, session_id: str, now: Instant) -> Session | None:
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


def _forget(transaction: Transaction, session_id: str) -> None:
    (found,) = transaction.begin(statement("lock_session", session_id))
    if found and not found[0][2]:
        row, record, _ = found[0]
        transaction.commit(*drop_sessions({row: decode_session(record)}))


def _rekey(transaction: Transaction, session: Session, dropped: Sequence[LookupKey]) -> None:
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
