"""Calls that nobody knows yet, as most are of which a callback tells: many of one shard are put by one script.

What stands there beside a record is the same as in ``call_changes.py``. Whether a call is known after all the script
finds out; it puts the others.
"""

from collections.abc import Sequence

from adapters.storage.redis.call_changes import HOURS_LIVE_MS, another_version, lives_until, pack_hour
from adapters.storage.redis.call_index import headings_of, pack_place
from adapters.storage.redis.call_packing import pack_call, pack_event, stamps
from adapters.storage.redis.commands import Argument, Command, script
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id
from masking_core.call_records import CallRecord, hour_of
from masking_core.events import decided_event
from masking_core.instants import Instant

AT_ONCE = 32
"""So many calls are put by one script at most, lest others wait for it; a byte tells which."""


def looks_new(fragment: CallRecord) -> bool:
    """Whether nobody knows the call yet, as a rule: just one callback of it is told of."""
    return len(fragment.steps) == 1 and not fragment.reports


def putting(names: Names, shard: int, keys: bytes, calls: Sequence[CallRecord]) -> Command:
    """Put those calls of a shard that nobody knows yet; one callback is told of each."""
    hours: dict[tuple[str, Instant], list[int]] = {}
    told: list[Argument] = []
    for position, (call, stamp) in enumerate(zip(calls, stamps(len(calls)), strict=True), start=1):
        (step,) = call.steps
        session = pack_id(step.session_id)
        headings = headings_of(call, step.pool, session)
        hours.setdefault((step.pool, hour_of(step.time)), []).append(position)
        told += (pack_call(call, stamp), lives_until(call.keep_until, step.time), call.keep_until)
        told += (pack_event(decided_event(call.call_id, step), session), pack_place(step.time, call.call_id))
        told += (len(headings), *headings)
    members = b"".join([bytes((len(some), *some)) for some in hours.values()])
    fixed = [names.shard(shard, kind) for kind in (b"k", b"x", b"y")]
    versions = [names.shard(shard, b"h", pool.encode()) for pool, _ in hours]
    records = [names.call(call.call_id) for call in calls]
    return script(
        "shard/put_new_calls",
        (*fixed, *names.calls(shard), *records, *versions, names.events(shard)),
        *(keys, another_version(), HOURS_LIVE_MS, len(calls), len(hours), members),
        *(word for pool, begin in hours for word in (begin, pack_hour(pool, begin))),
        *told,
    )
