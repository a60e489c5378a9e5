"""Pools of virtual numbers, and the policy that each pool sets."""

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from masking_core.audio import Announcement, Audio
from masking_core.call_settings import PLAIN_CALL, CallSettings
from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, Duration, Instant
from masking_core.limits import NO_LIMITS, CallLimits
from masking_core.phone_number import is_e164
from masking_core.pins import PinPolicy

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_COUNTRY = re.compile(r"[A-Z]{2}")

LEAST_CALL_RETENTION: Final[Duration] = DAY
"""So long a call must be kept: until it is over and reported, and its hour is counted."""


class Geography(IntEnum):
    """How near a proxy number lies to the participant who dials it; a larger value is nearer."""

    NONE = 0
    COUNTRY = 1
    AREA = 2


class Treatment(StrEnum):
    """What becomes of a call that is not connected to the counterpart."""

    PLAY = "PLAY"
    FORWARD = "FORWARD"
    ASK_PIN = "ASK_PIN"


class NumberState(StrEnum):
    """A virtual number's way through a pool."""

    IN_SERVICE = "IN_SERVICE"
    DRAINING = "DRAINING"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """The rules a pool sets for its sessions and its callers.

    Durations are in microseconds. ``default_time_to_live`` and ``max_time_to_live`` of 0 mean
    "without end" and "without limit"; ``countries`` empty means all. ``on_caller_withheld`` of None
    treats a withheld caller as ``on_no_session`` does a stranger. Callers of an ended session are
    treated as such for ``ended_session_period``, 0 being as long as it is remembered, and as
    strangers from then on. ``call_settings`` are those of sessions that set none themselves, and
    ``call_retention`` is how long calls are kept. ``calls_at_once`` is how many calls a number carries;
    none is refused for it, but a number that comes to as many is told of. Raises InvalidArgument,
    naming the field, for a policy that contradicts itself.
    """

    geography: Geography = Geography.NONE
    strict_geography: bool = False
    cool_off: Duration = DAY
    reuse_early: bool = True
    retention: Duration = 30 * DAY
    default_time_to_live: Duration = 0
    max_time_to_live: Duration = 0
    countries: tuple[str, ...] = ()
    on_ended_session: Treatment = Treatment.PLAY
    on_no_session: Treatment = Treatment.PLAY
    call_centre: str = ""
    announcements: dict[Announcement, Audio] = field(default_factory=dict)
    on_caller_withheld: Treatment | None = None
    ended_session_period: Duration = 0
    call_settings: CallSettings = PLAIN_CALL
    call_retention: Duration = 90 * DAY
    pins: PinPolicy = field(default_factory=PinPolicy)
    limits: CallLimits = NO_LIMITS
    calls_at_once: int = 10

    @property
    def asks_pin(self) -> bool:
        """Whether any caller is asked for a PIN, and so every participant has one."""
        return Treatment.ASK_PIN in (self.on_no_session, self.on_caller_withheld)

    def __post_init__(self) -> None:
        """Refuse a policy that cannot be carried out."""
        self._check_durations()
        self._check_treatments()
        if self.calls_at_once < 1:
            raise InvalidArgument("policy.calls_at_once", "must be at least 1")
        for position, country in enumerate(self.countries):
            if not _COUNTRY.fullmatch(country):
                raise InvalidArgument(f"policy.countries[{position}]", "must be an ISO 3166-1 alpha-2 code")

    def _check_durations(self) -> None:
        for name in (
            "cool_off",
            "retention",
            "default_time_to_live",
            "max_time_to_live",
            "ended_session_period",
            "call_retention",
        ):
            if getattr(self, name) < 0:
                raise InvalidArgument(f"policy.{name}", "must not be negative")
        if self.cool_off > self.retention:
            raise InvalidArgument("policy.cool_off", "must not outlast retention: what is forgotten cannot cool off")
        if self.max_time_to_live and self.default_time_to_live > self.max_time_to_live:
            raise InvalidArgument("policy.default_time_to_live", "must not be longer than max_time_to_live")

    def _check_treatments(self) -> None:
        if self.call_centre and not is_e164(self.call_centre):
            raise InvalidArgument("policy.call_centre", "must be a number in E.164, as in +442079460000")
        if self.on_ended_session is Treatment.ASK_PIN:
            raise InvalidArgument("policy.on_ended_session", "cannot ask for a PIN: an ended session has none")
        if (
            Treatment.FORWARD in (self.on_ended_session, self.on_no_session, self.on_caller_withheld)
            and not self.call_centre
        ):
            raise InvalidArgument("policy.call_centre", "is needed to forward calls")
        for announcement, audio in self.announcements.items():
            if audio.standard is not None:
                raise InvalidArgument(f"policy.announcements[{announcement}]", "must name file_id or file_url")


@dataclass(frozen=True, slots=True)
class Pool:
    """A named set of virtual numbers with one policy. ``version`` grows by one with every update."""

    name: str
    policy: PoolPolicy
    create_time: Instant
    update_time: Instant
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse a name that cannot stand in a resource name."""
        if not _NAME.fullmatch(self.name):
            raise InvalidArgument("pool", "a name has 1 to 63 of a-z, 0-9 and -, and - neither first nor last")


@dataclass(frozen=True, slots=True)
class VirtualNumber:
    """A number rented from the provider, in one pool.

    ``country`` is ISO 3166-1 alpha-2 and ``area`` the national destination code, empty where the
    number belongs to no area. ``load`` counts the participants of active sessions who dial it;
    ended sessions are taken off by the next opening or sweep. ``reserved_by`` is the session that
    has it alone, or empty.
    """

    number: str
    pool: str
    country: str
    area: str
    voice: bool
    sms: bool
    state: NumberState
    load: int
    reserved_by: str
    create_time: Instant


@dataclass(frozen=True, slots=True)
class PoolUsage:
    """How a pool stands: its numbers by state, and what the active sessions take of them."""

    pool: str
    in_service: int
    draining: int
    reserved: int
    idle: int
    active_sessions: int
    highest_load: int
