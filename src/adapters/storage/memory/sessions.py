"""Sessions and their routes, in memory."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.storage.memory.source import MemorySource
from adapters.storage.memory.tables import Tables
from masking_core.errors import Conflict, NotFound, NumberNotAvailable, SessionEnded
from masking_core.events import EventKind, opening_events, session_event
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import NEVER, Instant
from masking_core.keys import check_ring
from masking_core.matching import RouteMatch
from masking_core.opening import Opening, Revision, check_participants
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, SessionQuery

_SWEPT_WITH_EACH_OPENING = 16


class MemorySessions:
    """``RouteStore``, ``SessionStore`` and the sessions' part of ``SessionKeeping``."""

    _tables: Tables

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        """See ``RouteStore``."""
        number = self._tables.numbers.get(dialled)
        if number is None:
            return None
        pool = self._tables.pools[number.facts.pool]
        found = None
        for caller in callers:
            route = self._tables.routes.get(caller, {}).get(dialled)
            if route is not None and (found is None or found.end_time < route.end_time):
                found = route
        if found is not None and found.session_id not in self._tables.loading:
            found = replace(found, ended=True)
        if found is not None and found.call_settings.fixed_caller_id not in ("", *self._tables.numbers):
            found = replace(found, call_settings=found.call_settings.without_fixed_caller_id())
        blocked = self._tables.blocked
        return RouteMatch(pool, found, bool(blocked) and any(caller in blocked for caller in callers))

    def open_session(self, opening: Opening, now: Instant) -> Session:
        """See ``SessionStore``."""
        tables = self._tables
        with tables.lock:
            self._check_writer(opening.key_ids)
            known = tables.session_of_request.get(opening.draft.request_id)
            if known is not None:
                return tables.sessions[known]
            if opening.pool.name not in tables.pools:
                raise NotFound("pool", opening.pool.name)
            check_participants(opening.needs, tables.virtual_lookups, tables.blocked)
            tables.unload_expired(now, _SWEPT_WITH_EACH_OPENING)
            session = self._placed(opening, opening.draft, now)
            tables.put_session(session, now)
            tables.load(session)
            tables.events.extend(opening_events(session, now))
            return session

    def revise_session(self, revision: Revision, now: Instant) -> Session:
        """See ``SessionStore``."""
        tables, revised = self._tables, revision.revised
        with tables.lock:
            self._check_writer(revision.key_ids)
            known = tables.sessions.get(revised.session_id)
            if known is None:
                raise NotFound("session", revised.session_id)
            if not known.is_active(now) or known.session_id not in tables.loading:
                raise SessionEnded(known.session_id)
            if known.version != revised.version - 1:
                raise Conflict(f"session {known.session_id} was changed meanwhile")
            check_participants(revision.needs, tables.virtual_lookups, tables.blocked)
            session = self._placed(revision, revised, now)
            if tables.lost_pair(session, now):
                # It ran out while this change waited, and another session has taken a pair of it since.
                raise SessionEnded(session.session_id)
            tables.unload(known)
            tables.put_session(session, now)
            tables.load(session)
            tables.events.extend([session_event(EventKind.SESSION_UPDATED, session, now)])
            return session

    def _placed(self, change: Opening | Revision, session: Session, now: Instant) -> Session:
        """Allocate; what seems taken may only be held by sessions that expired unnoticed."""
        source = MemorySource(self._tables, change.pool, session, now)
        try:
            return change.placed(source)
        except (PoolExhausted, NumberNotAvailable):
            if not self._tables.unload_expired(now, len(self._tables.due)):
                raise
            return change.placed(source)

    def _check_writer(self, key_ids: Sequence[str]) -> None:
        check_ring(key_ids, [key.key_id for key in self._tables.keys])

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        with self._tables.lock:
            return self._tables.sessions.get(self._tables.session_of_request.get(request_id, ""))

    def get_session(self, session_id: str) -> Session | None:
        """See ``SessionStore``."""
        return self._tables.sessions.get(session_id)

    def list_sessions(self, query: SessionQuery, now: Instant) -> Sequence[Session]:
        """See ``SessionStore``."""
        with self._tables.lock:
            found: list[Session] = []
            for session_id in self._ids_after(query):
                session = self._tables.sessions[session_id]
                if _matches(session, query, now):
                    found.append(session)
                    if len(found) == query.limit:
                        break
            return found

    def _ids_after(self, query: SessionQuery) -> Iterator[str]:
        """The ids that may match, descending, from the one after ``query.after``."""
        if query.lookups:
            ids = sorted({each for lookup in query.lookups for each in self._tables.sessions_of_caller.get(lookup, ())})
        else:
            ids = self._tables.session_ids
        end = bisect_left(ids, query.after) if query.after else len(ids)
        return (ids[position] for position in range(end - 1, -1, -1))

    def close_session(self, session_id: str, now: Instant) -> Session | None:
        """See ``SessionStore``. One that expired is taken off too, lest a change that waits bring it back."""
        with self._tables.lock:
            session = self._tables.sessions.get(session_id)
            if session is None:
                return None
            closed = session.closed(now)
            if closed is not session:
                self._tables.events.extend([session_event(EventKind.SESSION_CLOSED, closed, now)])
            elif session_id in self._tables.loading:
                self._tables.events.extend([session_event(EventKind.SESSION_EXPIRED, session, now)])
            if closed is not session or session_id in self._tables.loading:
                self._tables.put_session(closed, now)
                self._tables.unload(closed)
            return closed

    def forget_session(self, session_id: str) -> None:
        """See ``SessionKeeping``."""
        with self._tables.lock:
            session = self._tables.sessions.get(session_id)
            if session is not None and session_id not in self._tables.loading:
                self._tables.drop_session(session)

    def scrub(self) -> None:
        """See ``SessionKeeping``. What is forgotten is gone."""

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """See ``SessionKeeping``."""
        with self._tables.lock:
            known = self._tables.sessions.get(session.session_id)
            if known is None:
                return
            if known.version != session.version - 1:
                raise Conflict(f"session {known.session_id} was changed meanwhile")
            self._tables.put_session(session, NEVER)
            self._tables.drop_callers(session, list(dropped))


def _matches(session: Session, query: SessionQuery, now: Instant) -> bool:
    return (
        (not query.pool or session.pool == query.pool)
        and (not query.reference or session.reference == query.reference)
        and (query.state is None or session.state(now) is query.state)
    )
