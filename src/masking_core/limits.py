"""How many calls are put through: a pool's limits, and the meters that count for them.

A call is counted when it is put through, to a participant or to a call centre. It goes on until its
status report tells that it has ended, or for ``longest_call`` where none does. What costs money
counts against the day (UTC) on which its report came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_CEILING, Decimal
from typing import Final

from masking_core.calls import IncomingCall, Reason
from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR, MINUTE, Duration, Instant
from masking_core.sealed import LookupKey

COUNTED_FOR: Final = 400 * DAY
"""How long a call is remembered by the meter of its session, from its beginning on."""

_SHARE: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class CallLimits:
    """A pool's limits; 0 is none.

    Per minute means within any 60 seconds. ``calls_per_session`` counts both participants' calls, as
    all limits of a session do. ``daily_budget`` is in the currency of the provider's account. Raises
    InvalidArgument, naming the field, for what is no limit.
    """

    caller_calls_per_minute: int = 0
    caller_concurrent_calls: int = 0
    session_calls_per_minute: int = 0
    session_concurrent_calls: int = 0
    calls_per_session: int = 0
    number_calls_per_minute: int = 0
    number_concurrent_calls: int = 0
    pool_calls_per_minute: int = 0
    pool_concurrent_calls: int = 0
    daily_budget: Decimal = Decimal(0)
    longest_call: Duration = 4 * HOUR

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        for each in fields(self):
            if getattr(self, each.name) < 0:
                raise InvalidArgument(f"policy.limits.{each.name}", "must not be negative")
        if self.daily_budget and self.daily_budget < _SHARE:
            raise InvalidArgument("policy.limits.daily_budget", "is below a millionth")
        if self.longest_call < MINUTE:
            raise InvalidArgument("policy.limits.longest_call", "must be a minute at least")


NO_LIMITS: Final = CallLimits()


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts the calls of one subject: how many there may be, 0 for any number, and why more are refused.

    ``in_all`` counts every call for ``COUNTED_FOR``.
    """

    subject: str
    reason: Reason
    per_minute: int = 0
    concurrent: int = 0
    in_all: int = 0

    @property
    def limits(self) -> bool:
        """Whether it limits anything."""
        return bool(self.per_minute or self.concurrent or self.in_all)

    def keep_until(self, begin: Instant, until: Instant) -> Instant:
        """Until when it must remember a call that begins, and ends, then."""
        if self.in_all:
            return begin + COUNTED_FOR
        return max(begin + MINUTE, until) if self.concurrent else begin + MINUTE


@dataclass(frozen=True, slots=True)
class Purse:
    """What a pool may spend on one day, in millionths."""

    name: str
    budget: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that asks to be put through at ``begin``.

    It counts as ended from ``until`` on, unless that is told earlier. ``purse`` is None where there is no budget.
    """

    call_id: str
    begin: Instant
    until: Instant
    meters: tuple[Meter, ...]
    purse: Purse | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter has counted: within the last minute, still going on, in all; and whether it knows this very call."""

    recent: int
    live: int
    in_all: int
    known: bool


def refusal(admission: Admission, readings: Sequence[Reading], spent: int) -> Reason | None:
    """Why the call is not put through, or None; a call that every meter knows was put through before."""
    if readings and all(reading.known for reading in readings):
        return None
    if admission.purse is not None and spent >= admission.purse.budget:
        return Reason.BUDGET_SPENT
    return next(
        (
            meter.reason
            for meter, reading in zip(admission.meters, readings, strict=True)
            if not reading.known and _is_full(meter, reading)
        ),
        None,
    )


def _is_full(meter: Meter, reading: Reading) -> bool:
    return (
        0 < meter.per_minute <= reading.recent
        or 0 < meter.concurrent <= reading.live
        or 0 < meter.in_all <= reading.in_all
    )


def admission_of(
    call: IncomingCall, pool: str, session_id: str, limits: CallLimits, lookups: Sequence[LookupKey], now: Instant
) -> Admission | None:
    """What a call must be admitted by; None where nothing limits it. ``lookups`` are those of the caller, if known."""
    meters = tuple(meter for meter in _meters(call, pool, session_id, limits, lookups) if meter.limits)
    purse = Purse(purse_name(pool, now), in_millionths(limits.daily_budget)) if limits.daily_budget else None
    return Admission(call.call_id, now, now + limits.longest_call, meters, purse) if meters or purse else None


def _meters(
    call: IncomingCall, pool: str, session_id: str, limits: CallLimits, lookups: Sequence[LookupKey]
) -> Iterator[Meter]:
    if lookups:
        yield Meter(
            caller_subject(lookups[0]),
            Reason.CALLER_LIMIT,
            limits.caller_calls_per_minute,
            limits.caller_concurrent_calls,
        )
    if session_id:
        yield Meter(
            session_subject(session_id),
            Reason.SESSION_LIMIT,
            limits.session_calls_per_minute,
            limits.session_concurrent_calls,
            limits.calls_per_session,
        )
    yield Meter(
        number_subject(call.dialled),
        Reason.NUMBER_LIMIT,
        limits.number_calls_per_minute,
        limits.number_concurrent_calls,
    )
    yield Meter(pool_subject(pool), Reason.POOL_LIMIT, limits.pool_calls_per_minute, limits.pool_concurrent_calls)


def caller_subject(lookup: LookupKey) -> str:
    """The subject that a caller is."""
    return f"caller/{lookup.hex()}"


def session_subject(session_id: str) -> str:
    """The subject that a session is."""
    return f"session/{session_id}"


def number_subject(number: str) -> str:
    """The subject that a dialled number is."""
    return f"number/{number}"


def pool_subject(pool: str) -> str:
    """The subject that a pool is."""
    return f"pool/{pool}"


def purse_name(pool: str, time: Instant) -> str:
    """The pool's purse of the day, in UTC, that holds ``time``."""
    return f"{pool}/{time // DAY}"


def in_millionths(amount: Decimal) -> int:
    """An amount of money as purses count it; what is less than a millionth counts as one."""
    return int((amount / _SHARE).to_integral_value(ROUND_CEILING))


PURSE_KEPT_FOR: Final = 2 * DAY
"""How long a purse is remembered after something was spent from it."""


def described(limits: CallLimits) -> Mapping[str, str]:
    """The limits that are set, by name, for people."""
    return {
        each.name: f"{getattr(limits, each.name)}"
        for each in fields(limits)
        if each.name != "longest_call" and getattr(limits, each.name)
    }
