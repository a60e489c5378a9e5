"""Sessions and their routes, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.codec import decode_session, encode
from adapters.storage.exhausted import NoneFree, insisting
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.events import tell
from adapters.storage.sqlite.expiry import unload, unload_expired
from adapters.storage.sqlite.keys import check_writer
from adapters.storage.sqlite.placing import check_may_take_part, placed
from adapters.storage.sqlite.source import SqliteSource
from adapters.storage.sqlite.sql import statement
from masking_core.call_settings import PLAIN_CALL
from masking_core.errors import Conflict, NotFound, SessionEnded
from masking_core.events import EventKind, opening_events, session_event
from masking_core.instants import NEVER, Instant
from masking_core.opening import Opening, Revision
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery, SessionState, routes_of

_SWEPT_WITH_EACH_OPENING = 16
_NEW = 0
_AFTER_EVERY_ID = "~"

_CLOSED = 1
_STATES: dict[SessionState | None, str] = {
    None: "",
    SessionState.ACTIVE: "AND s.loading = 1 AND s.end_time > ",
    SessionState.CLOSED: "AND s.closed = ",
    SessionState.EXPIRED: "AND s.closed = 0 AND s.end_time <= ",
}


class SqliteSessions:
    """``SessionStore``, and the re-keying of sessions."""

    _database: Database

    def open_session(self, opening: Opening, now: Instant) -> Session:
        """See ``SessionStore``."""
        return insisting(lambda: self._open(opening, now))

    def _open(self, opening: Opening, now: Instant) -> Session | NoneFree:
        draft = opening.draft
        with self._database.writing() as connection:
            check_writer(connection, opening.key_ids)
            known = find_session(connection, "request_id", draft.request_id) if draft.request_id else None
            if known is not None:
                return known[1]
            if not fetch(connection, "SELECT 1 FROM pools WHERE name = ?", (draft.pool,)):
                raise NotFound("pool", draft.pool)
            check_may_take_part(connection, opening.needs)
            unload_expired(connection, now, _SWEPT_WITH_EACH_OPENING)
            session = placed(self._database, opening, SqliteSource(connection, opening.pool, draft, _NEW, now))
            if isinstance(session, NoneFree):
                return session
            row = put_session(connection, session, loading=True)
            _put_routes(connection, row, session, now)
            _load(connection, session, now)
            tell(connection, opening_events(session, now))
            return session

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        with self._database.reading() as connection:
            known = find_session(connection, "request_id", request_id)
        return None if known is None else known[1]

    def get_session(self, session_id: str) -> Session | None:
        """See ``SessionStore``."""
        with self._database.reading() as connection:
            known = find_session(connection, "session_id", session_id)
        return None if known is None else known[1]

    def list_sessions(self, query: SessionQuery, now: Instant) -> Sequence[Session]:
        """See ``SessionStore``."""
        arguments: list[object] = [query.after or _AFTER_EVERY_ID, query.limit]
        conditions = []
        for condition, asked, value in (
            ("AND s.pool = ", query.pool, query.pool),
            ("AND s.reference <> '' AND s.reference = ", query.reference, query.reference),
            (_STATES[query.state], query.state, _CLOSED if query.state is SessionState.CLOSED else now),
        ):
            if asked:
                arguments.append(value)
                conditions.append(f"{condition}?{len(arguments)}")
        if query.lookups:
            conditions.append("AND s.id IN (SELECT session FROM callers WHERE caller IN ({callers}))")
            arguments.extend(query.lookups)
        text = statement("list_sessions", len(query.lookups), where=" ".join(conditions))
        with self._database.reading() as connection:
            return [decode_session(record) for (record,) in fetch(connection, text, arguments)]

    def revise_session(self, revision: Revision, now: Instant) -> Session:
        """See ``SessionStore``."""
        return insisting(lambda: self._revise(revision, now))

    def _revise(self, revision: Revision, now: Instant) -> Session | NoneFree:
        revised = revision.revised
        with self._database.writing() as connection:
            check_writer(connection, revision.key_ids)
            found = find_session(connection, "session_id", revised.session_id)
            if found is None:
                raise NotFound("session", revised.session_id)
            row, known, loading = found
            if not known.is_active(now) or not loading:
                raise SessionEnded(known.session_id)
            if known.version != revised.version - 1:
                raise Conflict(f"session {known.session_id} was changed meanwhile")
            check_may_take_part(connection, revision.needs)
            session = placed(self._database, revision, SqliteSource(connection, revision.pool, revised, row, now))
            if isinstance(session, NoneFree):
                return session
            unload(connection, known.session_id, (known.sides[0].proxy, known.sides[1].proxy), now)
            _change(connection, session, loading=True)
            if not _put_routes(connection, row, session, now):
                # It ran out while this change waited, and another session has taken a pair of it since.
                raise SessionEnded(session.session_id)
            _load(connection, session, now)
            tell(connection, [session_event(EventKind.SESSION_UPDATED, session, now)])
            return session

    def close_session(self, session_id: str, now: Instant) -> Session | None:
        """See ``SessionStore``. One that expired is taken off too, lest a change that waits bring it back."""
        with self._database.writing() as connection:
            found = find_session(connection, "session_id", session_id)
            if found is None:
                return None
            row, session, loading = found
            closed = session.closed(now)
            if closed is not session:
                tell(connection, [session_event(EventKind.SESSION_CLOSED, closed, now)])
            elif loading:
                tell(connection, [session_event(EventKind.SESSION_EXPIRED, session, now)])
            if loading or closed is not session:
                _change(connection, closed, loading=False)
                _put_routes(connection, row, closed, now)
            if loading:
                unload(connection, session_id, (closed.sides[0].proxy, closed.sides[1].proxy), now)
            return closed

    def forget_session(self, session_id: str) -> None:
        """See ``SessionKeeping``."""
        with self._database.writing() as connection:
            found = find_session(connection, "session_id", session_id)
            if found is not None and not found[2]:
                forget(connection, found[0], found[1])

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """See ``SessionKeeping``."""
        with self._database.writing() as connection:
            found = find_session(connection, "session_id", session.session_id)
            if found is None:
                return
            row, known, loading = found
            if known.version != session.version - 1:
                raise Conflict(f"session {known.session_id} was changed meanwhile")
            _change(connection, session, loading=loading)
            _put_routes(connection, row, session, NEVER)
            drop_callers(connection, row, dropped)


def find_session(connection: apsw.Connection, column: str, value: str) -> tuple[int, Session, bool] | None:
    """The row, the session and whether it still loads its numbers, by ``session_id`` or ``request_id``."""
    columns = "SELECT s.id, w.record, s.loading FROM sessions AS s JOIN session_records AS w ON w.session = s.id"
    rows = fetch(connection, f"{columns} WHERE s.{column} = ?", (value,))
    if not rows:
        return None
    row, record, loading = rows[0]
    return row, decode_session(record), bool(loading)


def put_session(connection: apsw.Connection, session: Session, *, loading: bool) -> int:
    """Store a new session, and return its row."""
    return _store(connection, "put_session", session, loading=loading)


def _change(connection: apsw.Connection, session: Session, *, loading: bool) -> None:
    _store(connection, "change_session", session, loading=loading)


def _store(connection: apsw.Connection, name: str, session: Session, *, loading: bool) -> int:
    ((row,),) = fetch(connection, statement(name), _columns(session, loading=loading))
    connection.execute(statement("put_session_record"), (row, encode(session)))
    return int(row)


def _columns(session: Session, *, loading: bool) -> tuple[object, ...]:
    """What of a session is looked at in the database: the arguments of put_session.sql."""
    first, second = session.sides
    return (
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
    )


def _put_routes(connection: apsw.Connection, row: int, session: Session, now: Instant) -> bool:
    """Store a session's routes, and tell whether all that are in force are its own."""
    put_route, put_caller = statement("put_route"), statement("put_caller")
    whole = True
    for entry in routes_of(session):
        connection.execute(put_route, (entry.caller, entry.dialled, row, entry.side, entry.end_time, now))
        whole = whole and (entry.ended or connection.changes() > 0)
        connection.execute(put_caller, (entry.caller, row))
    return whole


def forget(connection: apsw.Connection, row: int, session: Session) -> None:
    """Forget a session with its routes and reports."""
    drop_callers(connection, row, [entry.caller for entry in routes_of(session)])
    connection.execute("DELETE FROM reports WHERE session_id = ?", (session.session_id,))
    connection.execute("DELETE FROM sessions WHERE id = ?", (row,))


def drop_callers(connection: apsw.Connection, row: int, lookups: Sequence[LookupKey]) -> None:
    """Forget the routes that a session has under these look-up keys."""
    for lookup in lookups:
        connection.execute("DELETE FROM routes WHERE caller = ? AND session = ?", (lookup, row))
        connection.execute("DELETE FROM callers WHERE caller = ? AND session = ?", (lookup, row))


def _load(connection: apsw.Connection, session: Session, now: Instant) -> None:
    for side in session.sides:
        reserving = session.session_id if session.reserved else ""
        connection.execute(statement("load_number"), (side.proxy, reserving, now))
