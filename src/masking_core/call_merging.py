"""How what comes to be known of a call is merged with what is known.

A record is put together of fragments, themselves records, which come in any order, late, twice, or
not at all: the decision of each callback, and what each status report tells. ``merged`` is
commutative, associative and idempotent, so every order ends in the same record, but for which of
two seals of one number it holds: the first stays.
"""

from collections.abc import Iterable
from dataclasses import replace

from masking_core.call_records import ERASED, CallRecord, CallReport, Step
from masking_core.calls import Reason
from masking_core.sealed import Caller, LookupKey


def merged(known: CallRecord, told: CallRecord) -> CallRecord:
    """What both fragments of one call tell together."""
    return CallRecord(
        known.call_id,
        max(known.dialled, told.dialled),
        _one(known.caller, told.caller),
        _one(known.callee, told.callee),
        tuple(sorted({*known.correlation_ids, *told.correlation_ids})),
        _steps(known.steps + told.steps),
        _reports(known.reports + told.reports),
        max(known.keep_until, told.keep_until),
    )


def _one(known: Caller | None, told: Caller | None) -> Caller | None:
    """Both are seals of one number, or one is the mark of the erased, which stays for ever."""
    if ERASED in (known, told):
        return ERASED
    return told if known is None else known


def _steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """One step for each callback, the first that was decided; those concluded only while none was seen."""
    if len(steps) <= 1:
        return steps
    first: dict[str, Step] = {}
    for step in sorted(steps, key=lambda step: (step.derived, step.reason is Reason.STORE_UNAVAILABLE, step)):
        first.setdefault(step.key, step)
    seen = [step for step in first.values() if not step.derived]
    return tuple(sorted(seen or first.values()))


def _reports(reports: tuple[CallReport, ...]) -> tuple[CallReport, ...]:
    """Each report once, as it came first; the one that tells most in front."""
    if len(reports) <= 1:
        return reports
    first: dict[tuple[str, ...], CallReport] = {}
    for report in sorted(reports, key=lambda report: report.receive_time):
        first.setdefault(report.told(), report)
    return tuple(sorted(first.values(), key=CallReport.fullness, reverse=True))


def without(record: CallRecord, lookups: Iterable[LookupKey]) -> CallRecord:
    """The record without the person who has any of these look-up keys."""
    gone = frozenset(lookups)
    return replace(record, caller=_unless(record.caller, gone), callee=_unless(record.callee, gone))


def _unless(person: Caller | None, gone: frozenset[LookupKey]) -> Caller | None:
    return ERASED if person is not None and not gone.isdisjoint(person.lookups) else person
