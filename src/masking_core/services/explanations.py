"""Why a call is answered as it is, and why one was: what support tells a customer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from masking_core.call_records import CallQuery, CallRecord
from masking_core.calls import Decision, IncomingCall, Reason
from masking_core.instants import MINUTE, Clock, Instant
from masking_core.matching import Route, RouteMatch, decide, stranger_treatment
from masking_core.phone_number import RealNumber
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.sealed import LookupKey, side_place
from masking_core.services.admission import Admitting
from masking_core.services.caller_ids import shown_settings
from masking_core.sessions import Session, SessionQuery

_PAGE = 200
_NEARBY = 15 * MINUTE


class Rule(StrEnum):
    """The questions that matching asks, in their order. Stable."""

    NUMBER_IN_POOL = "NUMBER_IN_POOL"
    CALLER_KNOWN = "CALLER_KNOWN"
    NOT_BLOCKED = "NOT_BLOCKED"
    SESSION_ACTIVE = "SESSION_ACTIVE"
    SESSION_REMEMBERED = "SESSION_REMEMBERED"
    POLICY = "POLICY"
    WITHIN_LIMITS = "WITHIN_LIMITS"


@dataclass(frozen=True, slots=True)
class Finding:
    """One question and its answer, in a sentence for people."""

    rule: Rule
    holds: bool
    text: str


@dataclass(frozen=True, slots=True)
class InvolvedSession:
    """A session of the caller's: what the caller dials in it, and whether it was active at the time asked for."""

    session: Session
    side: int
    was_active: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would be answered at ``time``, rule by rule, and what was answered around then."""

    time: Instant
    decision: Decision
    findings: tuple[Finding, ...]
    sessions: tuple[InvolvedSession, ...]
    calls: tuple[CallRecord, ...]


class Explaining:
    """Explains calls. It decides by the very function that answers callbacks."""

    def __init__(self, store: Store, vault: Vault, admitting: Admitting, clock: Clock) -> None:
        """Take the ports."""
        self._store = store
        self._vault = vault
        self._admitting = admitting
        self._clock = clock

    def explain(self, caller: RealNumber | None, dialled: str, time: Instant | None = None) -> Explanation:
        """What a call would be answered at ``time``, the present when None.

        The past is told from the sessions as they are remembered: pool policies, blocks, limits and what
        is counted for them, and who a participant's numbers were, count as they are today.
        """
        at = self._clock() if time is None else time
        lookups = () if caller is None else self._vault.lookups(caller)
        sessions = tuple(self._involved(lookups, at))
        match = self._match(dialled, lookups, [each.session for each in sessions], at)
        call = IncomingCall(dialled, caller, "explained")
        by_rules = decide(call, match, at, self._unseal)
        decision = by_rules if match is None else self._admitting.foretold(call, match.pool, by_rules)
        return Explanation(
            at,
            decision,
            tuple(_findings(call, match, sessions, decision, at)),
            sessions,
            self._calls_nearby(lookups, dialled, at) if caller is not None else (),
        )

    def _involved(self, lookups: tuple[LookupKey, ...], at: Instant) -> Iterator[InvolvedSession]:
        after = ""
        query = SessionQuery(lookups=lookups, limit=_PAGE)
        while lookups and (page := self._store.list_sessions(query, self._clock())):
            for session in page:
                for index, side in enumerate(session.sides):
                    if any(not set(lookups).isdisjoint(leg.caller.lookups) for leg in side.legs):
                        yield InvolvedSession(session, index, session.create_time <= at < session.end_time)
            after = page[-1].session_id
            query = SessionQuery(lookups=lookups, limit=_PAGE, after=after)

    def _match(
        self, dialled: str, lookups: tuple[LookupKey, ...], sessions: Sequence[Session], at: Instant
    ) -> RouteMatch | None:
        """What a callback would have found then: the latest session on the pair that had been opened."""
        number = self._store.get_number(dialled)
        pool = None if number is None else self._store.get_pool(number.pool)
        if pool is None:
            return None
        routes = [
            route
            for session in sessions
            if session.create_time <= at
            for route in _routes_on(session, dialled, lookups, at)
        ]
        blocked = bool(lookups and self._store.find_blocks(lookups))
        latest = max(routes, key=lambda route: route.end_time, default=None)
        if latest is None:
            return RouteMatch(pool, None, blocked)
        settings = shown_settings(self._store, latest.call_settings)
        return RouteMatch(pool, replace(latest, call_settings=settings), blocked)

    def _calls_nearby(self, lookups: tuple[LookupKey, ...], dialled: str, at: Instant) -> tuple[CallRecord, ...]:
        query = CallQuery(dialled=dialled, lookups=lookups, begin=max(at - _NEARBY, 0), end=at + _NEARBY)
        return tuple(self._store.list_calls(query))

    def _unseal(self, route: Route) -> RealNumber:
        return self._vault.unseal(route.callee, side_place(route.session_id, route.callee_side))


def _routes_on(session: Session, dialled: str, lookups: tuple[LookupKey, ...], at: Instant) -> Iterator[Route]:
    for index, side in enumerate(session.sides):
        for leg in side.legs:
            if leg.proxy != dialled or set(lookups).isdisjoint(leg.caller.lookups):
                continue
            other = session.sides[1 - index]
            end = session.end_time if leg.until is None else min(leg.until, session.end_time)
            ended = (leg.until is not None or session.close_time is not None) and end <= at
            yield Route(
                session.session_id,
                end,
                ended,
                other.current[0].caller.sealed,
                1 - index,
                other.proxy,
                session.call_settings,
            )


_REFUSALS = {
    Reason.PARTICIPANT_BLOCKED: (Rule.NOT_BLOCKED, "the other participant takes no calls of the caller"),
    Reason.COUNTRY_NOT_ALLOWED: (Rule.WITHIN_LIMITS, "the callee's country is none of the pool's"),
    Reason.CALLER_LIMIT: (Rule.WITHIN_LIMITS, "the caller's calls have reached the pool's limit"),
    Reason.SESSION_LIMIT: (Rule.WITHIN_LIMITS, "the session's calls have reached the pool's limit"),
    Reason.NUMBER_LIMIT: (Rule.WITHIN_LIMITS, "calls to the number dialled have reached the pool's limit"),
    Reason.POOL_LIMIT: (Rule.WITHIN_LIMITS, "the pool's calls have reached its limit"),
    Reason.BUDGET_SPENT: (Rule.WITHIN_LIMITS, "the pool's budget of the day is spent"),
}
"""Why a call that could be put through is not: the rule, and how it is told."""


def _findings(
    call: IncomingCall,
    match: RouteMatch | None,
    sessions: Sequence[InvolvedSession],
    decision: Decision,
    at: Instant,
) -> Iterator[Finding]:
    if match is None:
        yield Finding(Rule.NUMBER_IN_POOL, holds=False, text=f"{call.dialled} is in no pool")
        return
    pool = match.pool
    yield Finding(Rule.NUMBER_IN_POOL, holds=True, text=f"{call.dialled} is in pool {pool.name}")
    if call.caller is None:
        yield Finding(Rule.CALLER_KNOWN, holds=False, text="the caller withholds the number")
    else:
        yield Finding(
            Rule.CALLER_KNOWN,
            holds=bool(sessions),
            text=f"remembered sessions in which the caller takes or took part: {len(sessions)}",
        )
    if match.blocked:
        yield Finding(Rule.NOT_BLOCKED, holds=False, text="the operator has blocked the caller's number")
    yield from _findings_of_route(call, match, sessions, at)
    if decision.reason in _REFUSALS:
        yield Finding(_REFUSALS[decision.reason][0], holds=False, text=_REFUSALS[decision.reason][1])
    elif decision.reason is not Reason.ACTIVE_SESSION and not match.blocked:
        treatment = (
            pool.policy.on_ended_session
            if decision.reason is Reason.ENDED_SESSION
            else stranger_treatment(pool.policy, decision.reason)
        )
        yield Finding(Rule.POLICY, holds=True, text=f"pool {pool.name} answers {decision.reason} with {treatment}")


def _findings_of_route(
    call: IncomingCall, match: RouteMatch, sessions: Sequence[InvolvedSession], at: Instant
) -> Iterator[Finding]:
    route = match.route
    if route is None:
        text = f"no session routes this caller on {call.dialled}"
        others = sorted({each.session.sides[each.side].proxy for each in sessions if each.was_active})
        if others:
            text += f"; the caller's active sessions are dialled on {', '.join(others)}"
        yield Finding(Rule.SESSION_ACTIVE, holds=False, text=text)
        return
    if not route.ended and at < route.end_time:
        yield Finding(Rule.SESSION_ACTIVE, holds=True, text=f"session {route.session_id} was active")
        return
    yield Finding(Rule.SESSION_ACTIVE, holds=False, text=f"session {route.session_id} had ended")
    period = match.pool.policy.ended_session_period or match.pool.policy.retention
    remembered = at < route.end_time + period
    text = "it is treated as ended" if remembered else "it ended too long ago to be told from none"
    yield Finding(Rule.SESSION_REMEMBERED, holds=remembered, text=text)
