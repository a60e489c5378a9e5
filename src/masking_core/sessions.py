"""Sessions: two participants who may reach each other for a while, and the routes that follow."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from masking_core.call_settings import PLAIN_CALL, CallSettings
from masking_core.instants import Instant
from masking_core.pools import Geography
from masking_core.sealed import Caller, LookupKey


class SessionState(StrEnum):
    """Whether a session's calls connect. It follows from the clock; nothing needs to sweep it."""

    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Leg:
    """One real number of a participant on one proxy number, until the leg or the session ends."""

    caller: Caller
    proxy: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One participant, as stored.

    ``legs`` holds every (real number, proxy number) the participant ever had here: those without
    ``until`` are in force, in the order given, and the first of them is dialled. ``proxy`` is the
    number the participant dials; ``reach`` how near it lies, and ``reused_early`` whether the pair
    was taken before its cool-off was over. ``pin`` is what the participant can type when calling
    from elsewhere, or None: it is routed like one more real number, on every number of the legs.
    """

    label: str
    proxy: str
    reach: Geography
    reused_early: bool
    legs: tuple[Leg, ...]
    pin: Caller | None = None

    @property
    def current(self) -> tuple[Leg, ...]:
        """The legs in force."""
        return tuple(leg for leg in self.legs if leg.until is None)

    def lookups(self) -> Iterator[LookupKey]:
        """Every look-up key of every number in force."""
        return (lookup for leg in self.legs if leg.until is None for lookup in leg.caller.lookups)


@dataclass(frozen=True, slots=True)
class Session:
    """A session, as stored. ``version`` grows by one with every change.

    ``fingerprint`` identifies what ``request_id`` asked for; both are empty when none was given.
    ``reserved`` says that its numbers serve no other session while it runs.
    """

    session_id: str
    pool: str
    sides: tuple[Side, Side]
    create_time: Instant
    update_time: Instant
    expire_time: Instant
    close_time: Instant | None = None
    reserved: bool = False
    reference: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    call_settings: CallSettings = PLAIN_CALL
    request_id: str = ""
    fingerprint: str = ""
    version: int = 1

    @property
    def end_time(self) -> Instant:
        """When its calls stop connecting: the moment of closing, else ``expire_time``."""
        return self.expire_time if self.close_time is None else self.close_time

    def is_active(self, now: Instant) -> bool:
        """Whether its calls connect at ``now``; those of a closed one never do, however late ``now``'s clock is."""
        return self.close_time is None and now < self.expire_time

    def state(self, now: Instant) -> SessionState:
        """Active, or how it ended."""
        if self.is_active(now):
            return SessionState.ACTIVE
        return SessionState.EXPIRED if self.close_time is None else SessionState.CLOSED

    def closed(self, at: Instant) -> "Session":
        """The session closed at ``at``; an ended one is itself."""
        if not self.is_active(at):
            return self
        return replace(self, close_time=at, update_time=at, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """One (caller, dialled number) of a session, and when it stops connecting.

    ``side`` is the caller's; the call goes to the other one. ``ended`` says that somebody ended it,
    by closing the session or changing the participant's numbers: it connects no more, whatever a
    clock says. Without it the route ends by itself at ``end_time``.
    """

    caller: LookupKey
    dialled: str
    side: int
    end_time: Instant
    ended: bool


def routes_of(session: Session) -> tuple[RouteEntry, ...]:
    """Every route of a session, ended legs and PINs included; of two on one pair, the one that ends last."""
    routes: dict[tuple[LookupKey, str], RouteEntry] = {}
    for index, side in enumerate(session.sides):
        for leg in side.legs:
            # A leg that was ended ends before its session, however soon that is made to end later.
            end = session.end_time if leg.until is None else min(leg.until, session.end_time - 1)
            ended = leg.until is not None or session.close_time is not None
            for caller in (*leg.caller.lookups, *(side.pin.lookups if side.pin is not None else ())):
                known = routes.get((caller, leg.proxy))
                if known is None or known.end_time < end:
                    routes[caller, leg.proxy] = RouteEntry(caller, leg.proxy, index, end, ended)
    return tuple(routes.values())


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions to list, newest first. Empty members do not filter.

    ``lookups`` are those of one real number. ``after`` is the id of the last session already seen.
    """

    pool: str = ""
    state: SessionState | None = None
    reference: str = ""
    lookups: tuple[LookupKey, ...] = ()
    after: str = ""
    limit: int = 50
