"""The ports that keep calls, and what was counted of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from masking_core.call_counts import CallFigures
from masking_core.call_records import CallQuery, CallRecord
from masking_core.instants import Instant
from masking_core.pins import PinPolicy, PinTry


class CallStore(Protocol):
    """Keeps calls."""

    def record_calls(self, fragments: Sequence[CallRecord], key_ids: Sequence[str]) -> None:
        """Merge each fragment (``call_records.merged``) with what is known of its call; durable once this returns.

        Each call atomically with respect to every other writer of it, together with its events
        (``events.call_events``) and the version of its hours (``call_records.hours_touched``).
        Repeating it changes nothing. Raises KeysChanged.
        """
        ...

    def get_call(self, call_id: str) -> CallRecord | None:
        """The call, or None."""
        ...

    def find_calls(self, correlation_id: str) -> Sequence[CallRecord]:
        """The calls that the provider knows by this id, the latest first, at most 100."""
        ...

    def list_calls(self, query: CallQuery) -> Sequence[CallRecord]:
        """At most ``query.limit`` calls by descending (time, id), beginning after ``query.after``.

        There are fewer only where no more match.
        """
        ...

    def list_figures(self, query: CallQuery) -> Sequence[CallFigures]:
        """What counting needs (``call_counts.figures_of``) of the calls that ``list_calls`` lists."""
        ...

    def replace_call(self, known: CallRecord, changed: CallRecord, key_ids: Sequence[str]) -> bool:
        """Put ``changed`` in the place of ``known`` and tell whether it was; not when the call has changed since.

        For re-keying and erasing: nothing else may differ, no event tells of it, and the call is not
        found by look-up keys it has lost. Raises KeysChanged.
        """
        ...


@dataclass(frozen=True, slots=True)
class CountedHour:
    """One hour of one pool: the version of its calls, and what was counted of them at ``counted_version``, if ever.

    ``version`` is never 0, and another whenever a call that began in the hour has changed.
    """

    begin: Instant
    version: int
    counted_version: int = 0
    counts: bytes = b""


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of one pool, with what was put together of its hours; its version is what theirs come to together."""

    begin: Instant
    version: int
    counted_version: int = 0
    counts: bytes = b""


class CallCountStore(Protocol):
    """Remembers what was counted of hours, so that a month is not counted anew."""

    def counted_hours(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        """The hours from ``begin`` to before ``end`` in which calls began, in order; of no pool, for the empty name."""
        ...

    def put_counts(self, pool: str, hours: Sequence[CountedHour]) -> None:
        """Remember the ``counts`` of hours, each once, as those of its ``counted_version``; a later version's stay."""
        ...

    def counted_days(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedDay]:
        """The days from ``begin`` to before ``end``, both the beginning of a day, in which calls began, in order."""
        ...

    def put_days(self, pool: str, days: Sequence[CountedDay]) -> None:
        """Remember the ``counts`` of days, each once, as ``put_counts`` does those of hours."""
        ...


class PinGuard(Protocol):
    """Counts tries, for all processes together."""

    def take_try(self, dialled: str, call_id: str, key: bytes, policy: PinPolicy, now: Instant) -> PinTry:
        """Take one of the tries that a call and a dialled number have, atomically; not granted, none is taken.

        NUMBER_LOCKED while the number is locked, which it is for ``lock_time`` from the try that
        would exceed ``lock_after`` within ``lock_window`` of the first counted one. LAST when the
        call has had ``tries`` different ones with this one, CALL_SPENT when it had them before,
        whether or not they were right. ``key`` tells what is tried: the same one again on the same
        call, while the number is not locked, is granted without being counted. What is counted is
        forgotten some time after it matters.
        """
        ...

    def give_back_try(self, dialled: str, now: Instant) -> None:
        """Take back what a try that was right has counted on the number; the call's count stays."""
        ...

    def is_locked(self, dialled: str, now: Instant) -> bool:
        """Whether the number takes no PIN now."""
        ...
