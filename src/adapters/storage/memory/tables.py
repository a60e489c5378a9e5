"""What the memory backend holds, and the bookkeeping that keeps it in step with itself."""

import heapq
import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.storage.memory.event_log import EventLog
from adapters.storage.memory.ladder import Ladder
from masking_core.audit import AuditLine
from masking_core.blocks import Block
from masking_core.calls import StatusReport
from masking_core.events import EventKind, session_event
from masking_core.instants import Instant
from masking_core.matching import Route
from masking_core.moving import CopyMark
from masking_core.pool_outlook import UsageDay
from masking_core.pools import NumberState, Pool, VirtualNumber
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import LookupKey, Sealed
from masking_core.sessions import RouteEntry, Session, routes_of
from masking_core.webhooks import WebhookSeen


@dataclass(slots=True)
class NumberRow:
    """A number and what the sessions make of it."""

    facts: VirtualNumber
    lookups: tuple[LookupKey, ...]
    load: int = 0
    reserved_by: str = ""
    turn: int = 0

    @property
    def available(self) -> bool:
        """Whether new sessions may have it at all."""
        return self.facts.voice and self.facts.state is NumberState.IN_SERVICE and not self.reserved_by

    def tiers(self) -> tuple[tuple[str, str, str], ...]:
        """The ladders it stands on: its pool's, its country's there, its area's there."""
        pool, country, area = self.facts.pool, self.facts.country, self.facts.area
        return (pool, "", ""), (pool, country, ""), (pool, country, area)


class Tables:
    """Every table, under one lock for writers; a callback reads two dictionaries and needs none."""

    def __init__(self) -> None:
        """Begin empty."""
        self.lock = threading.RLock()
        self.keys: tuple[KeyCheck, ...] = ()
        self.pools: dict[str, Pool] = {}
        self.numbers: dict[str, NumberRow] = {}
        self.virtual_lookups: dict[LookupKey, str] = {}
        self.ladders: defaultdict[tuple[str, str, str], Ladder] = defaultdict(Ladder)
        self.sessions: dict[str, Session] = {}
        self.session_ids: list[str] = []
        self.session_of_request: dict[str, str] = {}
        self.sessions_of_caller: defaultdict[LookupKey, set[str]] = defaultdict(set)
        self.routes: dict[LookupKey, dict[str, Route]] = {}
        self.callers_of_number: defaultdict[str, set[LookupKey]] = defaultdict(set)
        self.due: list[tuple[Instant, str]] = []
        self.loading: set[str] = set()
        self.reports: dict[bytes, StatusReport] = {}
        self.events = EventLog()
        self.turns = 0
        self.blocks: dict[str, Block] = {}
        self.blocked: dict[LookupKey, str] = {}
        self.store_id = ""
        self.copy_mark: CopyMark | None = None
        self.webhook_credentials: Sealed | None = None
        self.usage_days: dict[str, dict[Instant, UsageDay]] = {}
        self.webhooks_seen: dict[tuple[str, str], WebhookSeen] = {}
        self.records: dict[str, Sealed] = {}
        self.audit: list[AuditLine] = []

    def put_session(self, session: Session, now: Instant) -> None:
        """Store a session and its routes.

        A pair goes to the session that ends last on it, and is never taken from one that runs at ``now``.
        """
        known = self.sessions.get(session.session_id)
        self.sessions[session.session_id] = session
        if known is None:
            insort(self.session_ids, session.session_id)
            if session.request_id:
                self.session_of_request[session.request_id] = session.session_id
        if known is None or known.expire_time != session.expire_time:
            self.await_expiry(session)
        for entry in routes_of(session):
            self.sessions_of_caller[entry.caller].add(session.session_id)
            route = self.routes.get(entry.caller, {}).get(entry.dialled)
            mine = route is None or route.session_id == session.session_id
            if mine or (route is not None and route.end_time <= min(now, entry.end_time)):
                self.lead(entry, session)

    def await_expiry(self, session: Session) -> None:
        """Have a session looked at when it expires."""
        heapq.heappush(self.due, (session.expire_time, session.session_id))

    def lead(self, entry: RouteEntry, session: Session) -> None:
        """Lead a pair to a session, whoever had it."""
        callee = session.sides[1 - entry.side]
        self.routes.setdefault(entry.caller, {})[entry.dialled] = Route(
            session.session_id,
            entry.end_time,
            entry.ended,
            callee.current[0].caller.sealed,
            1 - entry.side,
            callee.proxy,
            session.call_settings,
        )
        self.callers_of_number[entry.dialled].add(entry.caller)

    def lost_pair(self, session: Session, now: Instant) -> bool:
        """Whether another session runs on a pair that this one would have in force."""
        return any(
            route.session_id != session.session_id and route.end_time > now
            for entry in routes_of(session)
            if not entry.ended and (route := self.routes.get(entry.caller, {}).get(entry.dialled)) is not None
        )

    def drop_session(self, session: Session) -> None:
        """Forget a session with its reports, and the routes that are still its own."""
        self.unload(session)
        self.take_out(session)
        for digest in [key for key, report in self.reports.items() if report.session_id == session.session_id]:
            del self.reports[digest]

    def take_out(self, session: Session) -> None:
        """Remove a session, and the routes that are still its own."""
        del self.sessions[session.session_id]
        del self.session_ids[bisect_left(self.session_ids, session.session_id)]
        self.session_of_request.pop(session.request_id, None)
        self.drop_callers(session, [entry.caller for entry in routes_of(session)])

    def drop_callers(self, session: Session, callers: list[LookupKey]) -> None:
        """Forget the routes that a session has under these look-up keys."""
        for caller in set(callers):
            sessions = self.sessions_of_caller[caller]
            sessions.discard(session.session_id)
            if not sessions:
                del self.sessions_of_caller[caller]
            row = self.routes.get(caller, {})
            for dialled in [number for number, route in row.items() if route.session_id == session.session_id]:
                del row[dialled]
                self.callers_of_number[dialled].discard(caller)
            if not row:
                self.routes.pop(caller, None)

    def load(self, session: Session) -> None:
        """Count a running session on its numbers, and reserve them if it asks for that."""
        self.loading.add(session.session_id)
        for side in session.sides:
            row = self.numbers[side.proxy]
            reserved_by = session.session_id if session.reserved else row.reserved_by
            self._change_number(row, row.load + 1, reserved_by)

    def unload(self, session: Session) -> None:
        """Take an ended session off its numbers, once."""
        if session.session_id not in self.loading:
            return
        self.loading.discard(session.session_id)
        for side in session.sides:
            row = self.numbers[side.proxy]
            reserved_by = "" if row.reserved_by == session.session_id else row.reserved_by
            self._change_number(row, row.load - 1, reserved_by)

    def _change_number(self, row: NumberRow, load: int, reserved_by: str) -> None:
        self.leave_ladders(row)
        row.load = load
        row.reserved_by = reserved_by
        self.join_ladders(row)

    def join_ladders(self, row: NumberRow) -> None:
        """Offer a number to new sessions, if it may be, behind all others of its load."""
        if row.available:
            self.turns += 1
            row.turn = self.turns
            for tier in row.tiers():
                self.ladders[tier].put(row.facts.number, row.load)

    def leave_ladders(self, row: NumberRow) -> None:
        """Offer a number no longer; before whatever decides its place changes."""
        for tier in row.tiers():
            self.ladders[tier].take(row.facts.number, row.load)

    def stand_in_turn(self) -> None:
        """Offer every number again, in the order of their turns."""
        self.ladders.clear()
        rows = sorted(self.numbers.values(), key=lambda row: row.turn)
        for row in rows:
            if row.available:
                for tier in row.tiers():
                    self.ladders[tier].put(row.facts.number, row.load)
        self.turns = max(self.turns, *(row.turn for row in rows[-1:]), 0)

    def set_number_lookups(self, row: NumberRow, lookups: Sequence[LookupKey]) -> None:
        """Replace the look-up keys by which a number is known as ours."""
        for lookup in row.lookups:
            self.virtual_lookups.pop(lookup, None)
        row.lookups = tuple(lookups)
        for lookup in lookups:
            self.virtual_lookups[lookup] = row.facts.number

    def drop_number(self, row: NumberRow) -> None:
        """Forget a number that no route holds."""
        self.leave_ladders(row)
        self.set_number_lookups(row, ())
        del self.numbers[row.facts.number]

    def unload_expired(self, now: Instant, limit: int) -> int:
        """Take at most ``limit`` expired sessions off their numbers, and return how many."""
        taken = 0
        while taken < limit and self.due and self.due[0][0] <= now:
            _, session_id = heapq.heappop(self.due)
            session = self.sessions.get(session_id)
            if session is not None and session_id in self.loading and not session.is_active(now):
                self.unload(session)
                self.events.extend([session_event(EventKind.SESSION_EXPIRED, session, now)])
                taken += 1
        return taken
