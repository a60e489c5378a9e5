"""What several fragments tell, before it is known what else is known of their calls."""

from collections.abc import Iterable
from itertools import pairwise

from masking_core.call_merging import merged
from masking_core.call_records import CallRecord


def alone(fragment: CallRecord) -> CallRecord:
    """What a fragment tells of a call of which nothing else is known."""
    names = fragment.correlation_ids
    is_in_order = all(one < other for one, other in pairwise(names))
    if is_in_order and len(fragment.steps) <= 1 and len(fragment.reports) <= 1:
        return fragment
    return merged(CallRecord(fragment.call_id), fragment)


def gathered(fragments: Iterable[CallRecord]) -> dict[str, CallRecord]:
    """What some fragments together tell of each call, by id."""
    told: dict[str, CallRecord] = {}
    for fragment in fragments:
        before = told.get(fragment.call_id)
        told[fragment.call_id] = alone(fragment) if before is None else merged(before, fragment)
    return told
