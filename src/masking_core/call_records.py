"""What is known of one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from masking_core.calls import Reason
from masking_core.instants import DAY, HOUR, SECOND, Duration, Instant
from masking_core.sealed import Caller, LookupKey, Sealed

COUNT_RETENTION: Final = 400 * DAY
"""How long it is remembered what was counted of an hour; no person is in it."""

RECORDING_HOSTED: Final = "HOSTED"
"""The provider's word for a recording that it keeps."""

RECORDING_DELETED: Final = "DELETED"
"""Our own word for one that it kept until we had it deleted; what is told of it later does not bring it back."""


class Answer(StrEnum):
    """What a callback was answered with."""

    DIAL = "DIAL"
    PLAY = "PLAY"
    ASK_PIN = "ASK_PIN"


class Outcome(StrEnum):
    """How a call ended. Stable: reports and metrics rely on them."""

    UNKNOWN = "UNKNOWN"
    ANSWERED = "ANSWERED"
    BUSY = "BUSY"
    NO_ANSWER = "NO_ANSWER"
    FAILED = "FAILED"
    CONGESTION = "CONGESTION"


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """The answer to one callback; ``key`` is the same for the same callback repeated.

    ``pool`` and ``session_id`` are empty where there was none, ``announcement`` unless one was
    played, ``caller_id`` unless somebody was dialled. A ``derived`` step was not seen when it was
    taken, but concluded from the status report of a call whose callback was lost.
    """

    time: Instant
    key: str
    reason: Reason
    answer: Answer
    pool: str = ""
    session_id: str = ""
    announcement: str = ""
    caller_id: str = ""
    recorded: bool = False
    derived: bool = False


@dataclass(frozen=True, slots=True)
class CallReport:
    """What one status report tells. Durations are in whole seconds; what it did not tell is None or empty.

    ``price_per_second`` is in hundredths of ``currency``. ``inbound_seconds`` counts from the
    moment the caller was answered, ``outbound_seconds`` the time the two were connected.
    """

    outcome: Outcome = Outcome.UNKNOWN
    action: str = ""
    ringing_time: Instant | None = None
    answered_time: Instant | None = None
    outbound_seconds: int | None = None
    inbound_seconds: int | None = None
    billed_seconds: int | None = None
    price_per_second: Decimal | None = None
    currency: str = ""
    recording_file_id: str = ""
    recording_status: str = ""
    machine_detection: str = ""
    receive_time: Instant = 0

    @property
    def cost(self) -> Decimal | None:
        """What the call cost, in ``currency``; exact. None where price or seconds were not told."""
        if self.price_per_second is None or self.billed_seconds is None:
            return None
        return self.price_per_second * self.billed_seconds / 100

    def told(self) -> tuple[str, ...]:
        """All but the time it came at, which a repetition changes."""
        return tuple(str(getattr(self, name)) for name in self.__slots__ if name != "receive_time")

    def fullness(self) -> tuple[int, tuple[str, ...]]:
        """By what reports are ordered, those that tell more above."""
        return sum(told not in ("", "None", Outcome.UNKNOWN) for told in self.told()), self.told()


ERASED: Final = Caller(Sealed(b""), ())
"""A person who was erased: nothing that comes later puts the number back."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. ``steps`` stand in the order they were taken, ``reports`` the fullest first.

    ``dialled`` is the virtual number in E.164; a number in no pool stands redacted. ``caller`` and
    ``callee`` are sealed at ``call_place``, and None where withheld, not told or nobody. The record
    may be forgotten from ``keep_until`` on.
    """

    call_id: str
    dialled: str = ""
    caller: Caller | None = None
    callee: Caller | None = None
    correlation_ids: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    reports: tuple[CallReport, ...] = ()
    keep_until: Instant = 0

    @property
    def time(self) -> Instant:
        """When it began: its first callback, else what its report tells."""
        if self.steps:
            return self.steps[0].time
        told = [report.ringing_time or report.receive_time for report in self.reports]
        return min(told, default=0)

    @property
    def pool(self) -> str:
        """The pool of the number dialled, or empty."""
        return _last([step.pool for step in self.steps])

    @property
    def session_id(self) -> str:
        """The session it belonged to, or empty."""
        return _last([step.session_id for step in self.steps])

    @property
    def reason(self) -> Reason | None:
        """Why it was answered as it was in the end; None while only its report is known."""
        return self.steps[-1].reason if self.steps else None

    @property
    def report(self) -> CallReport | None:
        """The report that tells most, or None before there is one."""
        return self.reports[0] if self.reports else None

    @property
    def outcome(self) -> Outcome:
        """How it ended; UNKNOWN before its report."""
        return self.reports[0].outcome if self.reports else Outcome.UNKNOWN

    @property
    def recordings(self) -> tuple[str, ...]:
        """The provider's ids of the recordings that it keeps of the call."""
        told = {status: set[str]() for status in (RECORDING_HOSTED, RECORDING_DELETED)}
        for report in self.reports:
            if report.recording_file_id and report.recording_status in told:
                told[report.recording_status].add(report.recording_file_id)
        return tuple(sorted(told[RECORDING_HOSTED] - told[RECORDING_DELETED]))

    @property
    def occupied(self) -> Duration:
        """How long it occupied the number dialled, as far as is known."""
        report = self.report
        return SECOND * ((report.inbound_seconds or report.outbound_seconds or 0) if report is not None else 0)

    def lookups(self) -> frozenset[LookupKey]:
        """Every look-up key of caller and callee."""
        return frozenset(key for person in (self.caller, self.callee) if person is not None for key in person.lookups)


def _last(told: Sequence[str]) -> str:
    """The last that is not empty."""
    return next(filter(None, reversed(told)), "")


def hour_of(time: Instant) -> Instant:
    """The beginning of the hour that holds ``time``."""
    return time - time % HOUR


def hours_touched(known: CallRecord | None, now: CallRecord) -> frozenset[tuple[str, Instant]]:
    """The (pool, hour)s whose count changes when ``known`` becomes ``now``: where it began, before and after."""
    return frozenset((record.pool, hour_of(record.time)) for record in (known, now) if record is not None)


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Which calls to list, the latest first. Empty members do not filter, and the others must hold together.

    ``lookups`` are those of one real number, as caller or callee. ``begin`` is in, ``end`` is not.
    ``after`` is the time and id of the last call already seen. ``in_no_pool`` asks for the calls to
    numbers in no pool, which an empty ``pool`` does not.
    """

    pool: str = ""
    session_id: str = ""
    dialled: str = ""
    lookups: tuple[LookupKey, ...] = ()
    begin: Instant = 0
    end: Instant | None = None
    after: tuple[Instant, str] | None = None
    limit: int = 50
    in_no_pool: bool = False
