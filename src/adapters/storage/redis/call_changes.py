"""What changes in a call's shard when the call does, and the one script that changes it.

The record, where the call stands in the index (``call_index.py``), the versions of its hours and its events lie in
one slot, the call's shard, so that nothing of them is ever there without the rest.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.storage.redis.call_index import NOWHERE, Standing, id_of_place
from adapters.storage.redis.call_packing import NO_STAMP, StoredCall, pack_call, pack_event, stamps
from adapters.storage.redis.commands import Command, script
from adapters.storage.redis.names import Names
from adapters.storage.redis.work import SLACK
from masking_core.call_records import COUNT_RETENTION, CallRecord, hours_touched
from masking_core.events import call_events
from masking_core.instants import Instant
from masking_core.shards import shard_of

_ANY_KEYS = b"*"
_LONGEST_LIFE_MS = 10**15
_AS_BEFORE = 0
_HIGHEST_STEP = 1 << 31
HOURS_LIVE_MS = (COUNT_RETENTION + SLACK) // 1_000
"""For how long the version of an hour lives from its last change."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a change does beside the record: the (pool, hour)s that it touches, and its events."""

    hours: Sequence[tuple[str, Instant]] = ()
    events: Sequence[bytes] = ()


def recording(names: Names, keys: bytes, known: StoredCall | None, now: CallRecord) -> Command:
    """Put what is known of a call now in the place of what was known, and tell of it."""
    before = None if known is None else known.call
    told = _Told(
        sorted(hours_touched(before, now)),
        [pack_event(event) for event in call_events(before, now)],
    )
    return _putting(names, keys, known, now, lives_of(now), told)


def replacing(names: Names, keys: bytes, known: StoredCall, now: CallRecord) -> Command:
    """Put another record of a call in the place of the known one, and tell nobody."""
    return _putting(names, keys, known, now, _AS_BEFORE, _Told())


def moving(names: Names, known: StoredCall | None, record: CallRecord, now: Instant) -> Command:
    """Put the record of a call in the place of whatever is known of it, whoever may write, and tell nobody."""
    return _putting(names, _ANY_KEYS, known, record, lives_until(record.keep_until, now), _Told())


def forgetting(names: Names, due: bytes, known: StoredCall | None) -> Command:
    """Forget a call that stands thus among those that may be forgotten; its record may have gone by itself."""
    before, stamp = (Standing.of_due(due), NO_STAMP) if known is None else (Standing.of(known.call), known.stamp)
    call_id = id_of_place(before.place)
    return _change(names, call_id, (_ANY_KEYS, stamp, b"", _AS_BEFORE), before, NOWHERE, _Told())


def _putting(names: Names, keys: bytes, known: StoredCall | None, now: CallRecord, lives: int, told: _Told) -> Command:
    before, stamp = (NOWHERE, NO_STAMP) if known is None else (Standing.of(known.call), known.stamp)
    record = (keys, stamp, pack_call(now, *stamps(1)), lives)
    return _change(names, now.call_id, record, before, Standing.of(now), told)


def _change(
    names: Names,
    call_id: str,
    record: tuple[bytes, bytes, bytes, int],
    before: Standing,
    now: Standing,
    told: _Told,
) -> Command:
    """The script that makes a change; ``record`` holds its first four arguments."""
    shard = shard_of(call_id.encode())
    moves = before.place != now.place
    leave = [each for each in before.headings if moves or each not in now.headings]
    enter = [each for each in now.headings if moves or each not in before.headings]
    fixed = [names.shard(shard, kind) for kind in (b"k", b"x", b"y")]
    versions = [names.shard(shard, b"h", pool.encode()) for pool, _ in told.hours]
    return script(
        "shard/put_call",
        (names.call(call_id), *fixed, *names.calls(shard), *versions, names.events(shard)),
        *record,
        *(before.due, now.due, now.keep_until),
        *(another_version(), HOURS_LIVE_MS, before.place, now.place, len(versions), len(leave), len(enter)),
        *(word for pool, begin in told.hours for word in (begin, pack_hour(pool, begin))),
        *leave,
        *enter,
        *told.events,
    )


def another_version() -> int:
    """By how much a version grows: by chance, so that none that was counted comes back after a failover."""
    return 1 + secrets.randbelow(_HIGHEST_STEP)


def pack_hour(pool: str, begin: Instant) -> bytes:
    """How an hour of a pool stands among those of its shard."""
    return b"%d|%b" % (begin, pool.encode())


def unpack_hour(packed: bytes) -> tuple[str, Instant]:
    """What ``pack_hour`` packed."""
    begin, _, pool = packed.partition(b"|")
    return pool.decode(), int(begin)


def lives_of(call: CallRecord) -> int:
    """For how many ms a call lives from the last that became known of it, which is as good as now."""
    told = [step.time for step in call.steps]
    told += [report.receive_time for report in call.reports]
    return lives_until(call.keep_until, max(told, default=0))


def lives_until(keep_until: Instant, since: Instant) -> int:
    """For how many ms from ``since`` on a call lives that may be forgotten then."""
    return min((max(keep_until - since, 0) + SLACK) // 1_000, _LONGEST_LIFE_MS)
