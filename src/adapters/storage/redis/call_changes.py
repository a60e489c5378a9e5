"""What changes in a call's shard when the call does, and the one script that changes it.

The record, every index that the call stands in, the versions of its hours and its events lie in one
slot, the call's shard, so that nothing of them is ever there without the rest.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapters.storage.redis.call_packing import (
    NO_STAMP,
    StoredCall,
    id_of_place,
    pack_call,
    pack_due,
    pack_event,
    pack_place,
    stamps,
    unpack_due,
)
from adapters.storage.redis.commands import Command, script
from adapters.storage.redis.names import Names, printable, short
from adapters.storage.redis.packing import pack_id
from adapters.storage.redis.work import SLACK
from masking_core.call_records import COUNT_RETENTION, CallRecord, hours_touched
from masking_core.events import call_events
from masking_core.instants import Instant
from masking_core.shards import shard_of

_ANY_KEYS = b"*"
_NO_SESSION = pack_id("")
_LONGEST_LIFE_MS = 10**15
_AS_BEFORE = 0
_HIGHEST_STEP = 1 << 31
HOURS_LIVE_MS = (COUNT_RETENTION + SLACK) // 1_000
"""For how long the version of an hour lives from its last change."""


class Standing(NamedTuple):
    """Where a call stands in its shard: its place in these indexes, and how it stands among those to forget."""

    place: bytes = b""
    indexes: tuple[bytes, ...] = ()
    due: bytes = b""
    keep_until: Instant = 0

    @classmethod
    def of(cls, names: Names, call: CallRecord) -> "Standing":
        """Where it stands by its record."""
        pool, place = call.pool, pack_place(call.time, call.call_id)
        root = names.calls(shard_of(call.call_id.encode()))
        indexes = indexes_of(root, call, pool, pack_id(call.session_id)) + name_indexes_of(root, call)
        return cls(place, tuple(indexes), pack_due(place, pool, call.dialled), call.keep_until)


_NOWHERE = Standing()


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
    lives = min((max(record.keep_until - now, 0) + SLACK) // 1_000, _LONGEST_LIFE_MS)
    return _putting(names, _ANY_KEYS, known, record, lives, _Told())


def forgetting(names: Names, due: bytes, known: StoredCall | None) -> Command:
    """Forget a call that stands thus among those that may be forgotten; its record may have gone by itself."""
    place, pool, dialled = unpack_due(due)
    call_id = id_of_place(place)
    if known is not None:
        before, stamp = Standing.of(names, known.call), known.stamp
    else:
        indexes = _indexes_of_many(names.calls(shard_of(call_id.encode())), pool, dialled)
        before, stamp = Standing(place, tuple(indexes), due), NO_STAMP
    return _change(names, call_id, (_ANY_KEYS, stamp, b"", _AS_BEFORE), before, _NOWHERE, _Told())


def _putting(names: Names, keys: bytes, known: StoredCall | None, now: CallRecord, lives: int, told: _Told) -> Command:
    before, stamp = (_NOWHERE, NO_STAMP) if known is None else (Standing.of(names, known.call), known.stamp)
    return _change(
        names, now.call_id, (keys, stamp, pack_call(now, *stamps(1)), lives), before, Standing.of(names, now), told
    )


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
    leave = [index for index in before.indexes if moves or index not in now.indexes]
    fixed = (names.call(call_id), *(names.shard(shard, kind) for kind in (b"k", b"x", b"y")))
    hours = [names.shard(shard, b"h", pool.encode()) for pool, _ in told.hours]
    return script(
        "shard/put_call",
        (*fixed, *hours, *leave, *now.indexes, names.events(shard)),
        *record,
        before.due,
        now.due,
        now.keep_until,
        before.place,
        now.place,
        another_version(),
        HOURS_LIVE_MS,
        len(hours),
        len(leave),
        *(word for pool, begin in told.hours for word in (begin, pack_hour(pool, begin))),
        *told.events,
    )


def indexes_of(root: bytes, call: CallRecord, pool: str, session: bytes) -> list[bytes]:
    """The indexes that a call stands in, of this pool and packed session, below a shard's ``root``; without names."""
    indexes = _indexes_of_many(root, pool, call.dialled)
    if session != _NO_SESSION:
        indexes.append(root + b"s" + session)
    indexes += [root + b"c" + printable(lookup) for lookup in call.lookups()]
    return indexes


def name_indexes_of(root: bytes, call: CallRecord) -> list[bytes]:
    """Those by the provider's names, of which most have no other call."""
    return [root + b"r" + short(name) for name in call.correlation_ids]


def _indexes_of_many(root: bytes, pool: str, dialled: str) -> list[bytes]:
    """The indexes that hold so many calls that they never expire by themselves while there are any."""
    indexes = [root + b"a", root + b"p" + pool.encode()]
    if dialled:
        indexes.append(root + b"n" + dialled.encode())
    return indexes


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
    last = max(told, default=0)
    return min((max(call.keep_until - last, 0) + SLACK) // 1_000, _LONGEST_LIFE_MS)
