"""Matching: one call in, one decision out."""

from collections.abc import Callable
from dataclasses import dataclass

from masking_core.audio import Announcement
from masking_core.calls import Decision, Dial, IncomingCall, Play, Reason, call_reference
from masking_core.instants import Instant
from masking_core.phone_number import RealNumber
from masking_core.pools import Pool, Treatment
from masking_core.sealed import Sealed
from masking_core.sessions import PLAIN_CALL, CallSettings


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
    """What a store knows of a dialled number: the pool that holds it, and the caller's route there."""

    pool: Pool
    route: Route | None


def decide(
    call: IncomingCall, match: RouteMatch | None, now: Instant, unseal: Callable[[Route], RealNumber]
) -> Decision:
    """Answer a call by the rules.

    ``match`` is None for a number in no pool. ``unseal`` opens a route's callee, and is called for
    the route of an active session alone.
    """
    if match is None:
        return Play(Reason.UNKNOWN_NUMBER, "", Announcement.NOT_IN_SERVICE, None)
    pool, route = match.pool, match.route
    policy = pool.policy
    if route is not None and not route.ended and now < route.end_time:
        return Dial(
            Reason.ACTIVE_SESSION,
            pool.name,
            unseal(route),
            route.caller_id,
            call_reference(route.session_id, call.call_id),
            route.call_settings,
            policy.announcements,
        )
    if route is not None and now < route.end_time + policy.retention:
        return _turn_away(call, pool, Reason.ENDED_SESSION, policy.on_ended_session, Announcement.SESSION_ENDED)
    reason = Reason.CALLER_WITHHELD if call.caller is None else Reason.NO_SESSION
    return _turn_away(call, pool, reason, policy.on_no_session, Announcement.NOT_ALLOWED)


def _turn_away(
    call: IncomingCall, pool: Pool, reason: Reason, treatment: Treatment, announcement: Announcement
) -> Decision:
    if treatment is Treatment.FORWARD:
        call_centre = RealNumber(pool.policy.call_centre)
        return Dial(reason, pool.name, call_centre, call.dialled, "", PLAIN_CALL, pool.policy.announcements)
    return Play(reason, pool.name, announcement, pool.policy.announcements.get(announcement))
