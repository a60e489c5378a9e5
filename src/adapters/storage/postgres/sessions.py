"""Sessions and their routes, in Postgres."""

from collections.abc import Sequence

from adapters.deadline import limited_to
from adapters.storage.codec import decode_session
from adapters.storage.exhausted import NoneFree, insisting
from adapters.storage.postgres import session_transactions as work
from adapters.storage.postgres.database import PATIENCE, Database
from adapters.storage.postgres.expiry import unload_all_expired, unload_some_expired
from adapters.storage.postgres.lists import Lists
from adapters.storage.postgres.placing import HeldByExpired
from adapters.storage.postgres.sql import Statement, statement, text
from masking_core.instants import Instant
from masking_core.opening import Opening, Revision
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery, SessionState

_SWEPT_WITH_EACH_OPENING = 16
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
            lambda transaction: work.open_session(self._database, transaction, opening, now, tidied=tidied),
            repeatable=True,
        )

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        return self._database.write(lambda transaction: work.find_request(transaction, request_id), repeatable=True)

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
                return self._database.write(
                    lambda transaction: work.revise_session(self._database, transaction, revision, now)
                )
            except HeldByExpired:
                unload_all_expired(self._database, now)

    def close_session(self, session_id: str, now: Instant) -> Session | None:
        """See ``SessionStore``."""
        return self._database.write(
            lambda transaction: work.close_session(transaction, session_id, now), repeatable=True
        )

    def forget_session(self, session_id: str) -> None:
        """See ``SessionKeeping``."""
        self._database.write(lambda transaction: work.forget_session(transaction, session_id), repeatable=True)

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """See ``SessionKeeping``."""
        self._database.write(lambda transaction: work.rekey_session(transaction, session, dropped))
