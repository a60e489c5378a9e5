"""Events, in Redis: a stream in every shard, written by the very scripts that make the changes.

A token holds, for every shard, the id of the last event that was read. The ids of a stream grow
whatever the clock of its server does. But a master that dies may take with it events that were read
already, and the one after it goes on from what it has, so that what happens next may stand before
what was read. This shows in that the last event read is there no more while older ones are; then
what stands in the stream from a minute before it is told again, lest anything be missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from struct import Struct
from typing import Any

from adapters.storage.redis.call_packing import pack_event, unpack_event
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id
from masking_core.errors import InvalidArgument
from masking_core.events import EARLIEST, EVENT_RETENTION, Event, EventPage
from masking_core.instants import Instant
from masking_core.shards import SHARDS, shard_of

_ID = Struct(">QQ")
_BEGINNING = (0, 0)
_LOST_MS = 60_000
_LEAST_AT_ONCE = 16

EventId = tuple[int, int]
"""Milliseconds by the clock of the server, and a number within them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    place: EventId
    event: Event


class RedisEvents:
    """``EventStore``."""

    _link: Link
    _names: Names

    def append_events(self, events: Sequence[Event]) -> None:
        """See ``EventStore``."""
        packed: dict[int, list[bytes]] = {}
        for event in events:
            packed.setdefault(_shard_of(event), []).append(pack_event(event))
        self._link.many([script("shard/tell", (self._names.events(shard),), *each) for shard, each in packed.items()])

    def read_events(self, token: bytes, limit: int) -> EventPage:
        """See ``EventStore``."""
        places = _unpacked(token)
        count = min(max(limit // 4, _LEAST_AT_ONCE), limit)
        found, is_more = self._after(places, count)
        known = {shard: entries[-1].place for shard, entries in enumerate(found) if is_more[shard]}
        last = min(known.values(), default=None)
        entries = sorted(
            ((entry.place, shard, entry.event) for shard, each in enumerate(found) for entry in each),
            key=lambda told: told[:2],
        )
        told = [entry for entry in entries if last is None or entry[0] <= last][:limit]
        for place, shard, _ in told:
            places[shard] = place
        return EventPage(tuple(event for _, _, event in told), _packed(places))

    def _after(self, places: Sequence[EventId], count: int) -> tuple[list[list[_Entry]], list[bool]]:
        """At most ``count`` events of each shard after a place, and whether there are more."""
        asked = [self._range(shard, place, count + 2) for shard, place in enumerate(places)]
        found = [_entries(raw) for raw in self._link.many(asked)]
        for shard in self._forked(places, found):
            milliseconds, _ = places[shard]
            before = (max(milliseconds - _LOST_MS, 0), 0)
            found[shard] = _entries(self._link.one(self._range(shard, before, count + 1)))
        after = [
            [entry for entry in entries if entry.place != place] for place, entries in zip(places, found, strict=True)
        ]
        return [entries[:count] for entries in after], [len(entries) > count for entries in after]

    def _forked(self, places: Sequence[EventId], found: Sequence[Sequence[_Entry]]) -> list[int]:
        """The shards that do not know the event which was read last, and have not just forgotten it."""
        unknown = [
            shard
            for shard, place in enumerate(places)
            if place != _BEGINNING and (not found[shard] or found[shard][0].place != place)
        ]
        oldest = self._link.many([self._range(shard, _BEGINNING, 1) for shard in unknown])
        return [
            shard
            for shard, raw in zip(unknown, oldest, strict=True)
            if any(entry.place < places[shard] for entry in _entries(raw))
        ]

    def latest_token(self) -> bytes:
        """See ``EventStore``."""
        keys = [self._names.events(shard) for shard in range(SHARDS)]
        raws = self._link.many([command("XREVRANGE", key, "+", "-", "COUNT", 1) for key in keys])
        return _packed([entries[0].place if entries else _BEGINNING for entries in map(_entries, raws)])

    def _forget_events(self, now: Instant, limit: int) -> int:
        """Forget at most ``limit`` of the first events that are past their retention; how many there were."""
        first = self._link.many([self._range(shard, _BEGINNING, 1) for shard in range(SHARDS)])
        forgotten = 0
        for shard, raw in enumerate(first):
            if forgotten < limit and _outdated(raw, now):
                forgotten += self._trim(shard, now, limit - forgotten)
        return forgotten

    def _trim(self, shard: int, now: Instant, limit: int) -> int:
        outdated = _outdated(self._link.one(self._range(shard, _BEGINNING, limit)), now)
        if outdated:
            milliseconds, number = outdated[-1].place
            self._link.one(command("XTRIM", self._names.events(shard), "MINID", f"{milliseconds}-{number + 1}"))
        return len(outdated)

    def _range(self, shard: int, first: EventId, count: int) -> Command:
        return command("XRANGE", self._names.events(shard), "{}-{}".format(*first), "+", "COUNT", count)


def _shard_of(event: Event) -> int:
    if event.session_id:
        return shard_of(pack_id(event.session_id))
    return shard_of(event.call_id.encode()) if event.call_id else 0


def _entries(raw: Any) -> list[_Entry]:
    return [_Entry(_place(each), unpack_event(fields[1])) for each, fields in raw]


def _place(raw: bytes) -> EventId:
    milliseconds, _, number = raw.partition(b"-")
    return int(milliseconds), int(number)


def _outdated(raw: Any, now: Instant) -> list[_Entry]:
    return list(takewhile(lambda entry: entry.event.time <= now - EVENT_RETENTION, _entries(raw)))


def _packed(places: Sequence[EventId]) -> bytes:
    return b"".join(_ID.pack(*place) for place in places)


def _unpacked(token: bytes) -> list[EventId]:
    if token == EARLIEST:
        return [_BEGINNING] * SHARDS
    if len(token) != SHARDS * _ID.size:
        raise InvalidArgument("token", "is not one of this store")
    return [(milliseconds, number) for milliseconds, number in _ID.iter_unpack(token)]
