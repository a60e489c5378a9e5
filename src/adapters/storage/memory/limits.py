"""Counting calls and what they cost, in memory."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from adapters.storage.memory.tables import Tables
from masking_core.calls import Reason
from masking_core.instants import MINUTE, Instant
from masking_core.limits import PURSE_KEPT_FOR, Admission, Meter, Reading, refusal


@dataclass(frozen=True, slots=True)
class Counted:
    """One call as a meter has it."""

    begin: Instant
    until: Instant
    keep_until: Instant


@dataclass(slots=True)
class Spent:
    """What calls cost, each with its share, and when that was last told."""

    calls: dict[str, int] = field(default_factory=dict)
    total: int = 0
    time: Instant = 0


@dataclass(slots=True)
class LimitTables:
    """Calls by subject, and costs by purse."""

    meters: defaultdict[str, dict[str, Counted]] = field(default_factory=lambda: defaultdict(dict))
    purses: defaultdict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))


class MemoryLimits:
    """``CallGuard``."""

    _tables: Tables
    _limits: LimitTables

    def admit(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``."""
        with self._tables.lock:
            reason = self.would_refuse(admission)
            if reason is None:
                begin, until = admission.begin, admission.until
                for meter in admission.meters:
                    counted = Counted(begin, until, meter.keep_until(begin, until))
                    self._limits.meters[meter.subject].setdefault(admission.call_id, counted)
            return reason

    def would_refuse(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``."""
        with self._tables.lock:
            readings = [self._reading(meter, admission) for meter in admission.meters]
            spent = 0 if admission.purse is None else self._limits.purses[admission.purse.name].total
            return refusal(admission, readings, spent)

    def _reading(self, meter: Meter, admission: Admission) -> Reading:
        now = admission.begin
        calls = self._limits.meters[meter.subject]
        recent = live = 0
        for call_id, counted in list(calls.items()):
            if counted.keep_until <= now:
                del calls[call_id]
                continue
            recent += counted.begin > now - MINUTE
            live += counted.until > now
        return Reading(recent, live, len(calls), admission.call_id in calls)

    def end_call(self, call_id: str, subjects: Sequence[str], now: Instant) -> None:
        """See ``CallGuard``."""
        with self._tables.lock:
            for subject in subjects:
                counted = self._limits.meters[subject].get(call_id)
                if counted is not None:
                    self._limits.meters[subject][call_id] = replace(counted, until=min(counted.until, now))

    def forget_counted(self, subjects: Sequence[str]) -> None:
        """See ``CallGuard``."""
        with self._tables.lock:
            for subject in subjects:
                self._limits.meters.pop(subject, None)

    def note_cost(self, purse: str, call_id: str, cost: int, now: Instant) -> None:
        """See ``CallGuard``."""
        with self._tables.lock:
            spent = self._limits.purses[purse]
            spent.total += cost - spent.calls.get(call_id, 0)
            spent.calls[call_id] = cost
            spent.time = now


def forget_limits(tables: LimitTables, now: Instant, limit: int) -> int:
    """Forget at most ``limit`` meters and purses that count nothing any more, and return how many."""
    meters = [
        subject
        for subject, calls in tables.meters.items()
        if all(counted.keep_until <= now for counted in calls.values())
    ][:limit]
    for subject in meters:
        del tables.meters[subject]
    purses = [name for name, spent in tables.purses.items() if spent.time + PURSE_KEPT_FOR <= now]
    for name in purses[: limit - len(meters)]:
        del tables.purses[name]
    return len(meters) + len(purses[: limit - len(meters)])
