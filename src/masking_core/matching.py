"""Matching: one call in, one decision out."""

from collections.abc import Callable
from dataclasses import dataclass

from masking_core.audio import Announcement
from masking_core.call_settings import PLAIN_CALL, CallerId, CallSettings
from masking_core.calls import AskPin, Decision, Dial, IncomingCall, Play, Reason, call_reference
from masking_core.instants import Instant
from masking_core.phone_number import RealNumber
from masking_core.pools import Pool, PoolPolicy, Treatment
from masking_core.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Route:
    """The latest session that connects this caller and this dialled number, if it is remembered.

    ``ended`` says that somebody ended it: it connects no more, whatever a clock says. ``callee`` is
    the other participant's first real number, ``callee_side`` its side of the session, and
    ``caller_id`` its proxy number.
    """

    session_id: str
    end_time: Instant
    ended: bool
    callee: Sealed
    callee_side: int
    caller_id: str
    call_settings: CallSettings


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """What a store knows of a dialled number and its caller.

    The pool that holds the number, the caller's route there, and whether the operator has blocked the caller.
    """

    pool: Pool
    route: Route | None
    blocked: bool = False


Unseal = Callable[[Route], RealNumber]
"""Opens a route's callee."""


def decide(call: IncomingCall, match: RouteMatch | None, now: Instant, unseal: Unseal) -> Decision:
    """Answer a call by the rules.

    ``match`` is None for a number in no pool. ``unseal`` is called for the route of an active
    session alone.
    """
    if match is None:
        return Play(Reason.UNKNOWN_NUMBER, "", Announcement.NOT_IN_SERVICE, None)
    pool, route = match.pool, match.route
    policy = pool.policy
    if match.blocked:
        return refuse(pool, Reason.CALLER_BLOCKED)
    if route is not None:
        if is_active(route, now):
            return connect(call, pool, route, Reason.ACTIVE_SESSION, unseal)
        if now < route.end_time + (policy.ended_session_period or policy.retention):
            return turn_away(
                call, pool, Reason.ENDED_SESSION, policy.on_ended_session, Announcement.SESSION_ENDED, route.session_id
            )
    reason = Reason.CALLER_WITHHELD if call.caller is None else Reason.NO_SESSION
    return turn_away(call, pool, reason, stranger_treatment(policy, reason), Announcement.NOT_ALLOWED)


def is_active(route: Route, now: Instant) -> bool:
    """Whether the route connects at ``now``."""
    return not route.ended and now < route.end_time


def stranger_treatment(policy: PoolPolicy, reason: Reason) -> Treatment:
    """What becomes of a caller who is not recognised, or who withholds the number."""
    if reason is Reason.CALLER_WITHHELD and policy.on_caller_withheld is not None:
        return policy.on_caller_withheld
    return policy.on_no_session


def connect(call: IncomingCall, pool: Pool, route: Route, reason: Reason, unseal: Unseal) -> Decision:
    """Connect the caller to the other participant of an active session, unless that one takes no calls of it."""
    if route.callee_side in route.call_settings.not_taken_by:
        return refuse(pool, Reason.PARTICIPANT_BLOCKED, route.session_id)
    return Dial(
        reason,
        pool.name,
        route.session_id,
        unseal(route),
        shown_caller_id(call.dialled, route),
        call_reference(route.session_id, call.call_id),
        route.call_settings,
        pool.policy.announcements,
    )


def shown_caller_id(dialled: str, route: Route) -> str:
    """The virtual number that the callee sees."""
    settings = route.call_settings
    if settings.caller_id is CallerId.COUNTERPART_PROXY:
        return route.caller_id
    return dialled if settings.caller_id is CallerId.DIALLED else settings.fixed_caller_id


def turn_away(
    call: IncomingCall,
    pool: Pool,
    reason: Reason,
    treatment: Treatment,
    announcement: Announcement,
    session_id: str = "",
) -> Decision:
    """Answer a call that is not connected to a counterpart as the pool's policy says."""
    policy = pool.policy
    if treatment is Treatment.FORWARD:
        reference = call_reference(session_id, call.call_id)
        to = RealNumber(policy.call_centre)
        return Dial(reason, pool.name, session_id, to, call.dialled, reference, PLAIN_CALL, policy.announcements)
    if treatment is Treatment.ASK_PIN:
        return ask_pin(pool, reason, Announcement.ENTER_PIN)
    return Play(reason, pool.name, announcement, policy.announcements.get(announcement), session_id)


def refuse(pool: Pool, reason: Reason, session_id: str = "") -> Play:
    """Tell the caller that the call is not allowed, whatever the pool does with others."""
    announcement = Announcement.NOT_ALLOWED
    return Play(reason, pool.name, announcement, pool.policy.announcements.get(announcement), session_id)


def ask_pin(pool: Pool, reason: Reason, announcement: Announcement) -> AskPin:
    """Ask the caller for a PIN."""
    return AskPin(reason, pool.name, announcement, pool.policy.announcements.get(announcement), pool.policy.pins.length)
