"""The shelves of calls, and of what was counted of them, in Redis."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from adapters.storage.redis.call_changes import forgetting, moving, pack_hour, unpack_hour
from adapters.storage.redis.call_counts import VERSION, counts_key
from adapters.storage.redis.call_index import BEGINNING, END, EVERY, Standing, id_of_place, pack_place
from adapters.storage.redis.call_packing import StoredCall, unpack_call
from adapters.storage.redis.commands import Command, command
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.work import SLACK
from masking_core.call_records import COUNT_RETENTION, CallRecord
from masking_core.errors import StoreUnavailable
from masking_core.instants import Instant
from masking_core.moving import StoredHour, named_hour
from masking_core.ports.calls import CountedHour
from masking_core.shards import SHARDS, shard_of

_LIVES_MS = (COUNT_RETENTION + SLACK) // 1_000
_LAST = b"(" + EVERY + END

Hour = tuple[Instant, str]
"""An hour by its beginning and pool, which is the order of pages."""


class CallsShelf:
    """``Shelf`` of calls, shard by shard and by their time there."""

    def __init__(self, link: Link, names: Names) -> None:
        """Take the way to Redis."""
        self._link = link
        self._names = names
        self._last = ("", b"")

    def count(self) -> int:
        """See ``Shelf``."""
        indexes = [self._names.calls(shard)[0] for shard in range(SHARDS)]
        return sum(self._link.many([command("ZLEXCOUNT", index, b"(" + EVERY, _LAST) for index in indexes]))

    def page(self, after: str, limit: int) -> Mapping[str, CallRecord]:
        """See ``Shelf``."""
        shard, behind = (shard_of(after.encode()), self._place(after)) if after else (0, BEGINNING)
        found: dict[str, CallRecord] = {}
        while shard < SHARDS and len(found) < limit:
            index, first = self._names.calls(shard)[0], b"(" + EVERY + behind
            entries = self._link.one(command("ZRANGEBYLEX", index, first, _LAST, "LIMIT", 0, limit - len(found)))
            if not entries:
                shard, behind = shard + 1, BEGINNING
                continue
            places = [entry[len(EVERY) :] for entry in entries]
            behind = places[-1]
            calls = self.get([id_of_place(place) for place in places])
            found.update(calls)
            self._last = next(
                ((each, place) for place in reversed(places) if (each := id_of_place(place)) in calls), self._last
            )
        return found

    def _place(self, call_id: str) -> bytes:
        """Where a call stands, or stood when a page ended with it: it may have been forgotten, or moved, since."""
        if self._last[0] == call_id:
            return self._last[1]
        known = self.get([call_id]).get(call_id)
        if known is None:
            raise StoreUnavailable(f"call {call_id} was forgotten meanwhile")
        return pack_place(known.time, call_id)

    def get(self, ids: Collection[str]) -> Mapping[str, CallRecord]:
        """See ``Shelf``."""
        return {each: known.call for each, known in self._known(ids).items() if known is not None}

    def _known(self, ids: Collection[str]) -> dict[str, StoredCall | None]:
        raws = self._link.many([command("GET", self._names.call(each)) for each in ids])
        return {each: None if raw is None else unpack_call(raw) for each, raw in zip(ids, raws, strict=True)}

    def put(self, records: Sequence[CallRecord], now: Instant) -> None:
        """See ``Shelf``."""
        known = self._known([record.call_id for record in records])
        self._link.many([moving(self._names, known[record.call_id], record, now) for record in records])

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        known = [each for each in self._known(ids).values() if each is not None]
        self._link.many([forgetting(self._names, Standing.of(each.call).due, each) for each in known])


class HoursShelf:
    """``Shelf`` of hours in which calls began, and of what was counted of them.

    Every shard has counted the changes of its own calls, and the version is what they come to. One that is put
    stands whole in one shard.
    """

    def __init__(self, link: Link, names: Names) -> None:
        """Take the way to Redis."""
        self._link = link
        self._names = names

    def count(self) -> int:
        """See ``Shelf``."""
        return len({member for key in self._indexes() for member in self._link.one(command("ZRANGE", key, 0, -1))})

    def page(self, after: str, limit: int) -> Mapping[str, StoredHour]:
        """See ``Shelf``."""
        last: Hour = (-1, "")
        if after:
            pool, begin = named_hour(after)
            last = begin, pool
        while hours := self._behind(last, limit):
            found = self._read(hours)
            if found:
                return found
            last = hours[-1]
        return {}

    def _behind(self, last: Hour, limit: int) -> list[Hour]:
        """At most so many hours after one: the other pools' of the same beginning, and those that begin later."""
        begin, _ = last
        same = [command("ZRANGEBYSCORE", key, begin, begin) for key in self._indexes()]
        later = [command("ZRANGEBYSCORE", key, f"({begin}", "+inf", "LIMIT", 0, limit) for key in self._indexes()]
        members = {member for found in self._link.many([*same, *later]) for member in found}
        hours = [(each, pool) for pool, each in map(unpack_hour, members)]
        return sorted(hour for hour in hours if hour > last)[:limit]

    def get(self, ids: Collection[str]) -> Mapping[str, StoredHour]:
        """See ``Shelf``."""
        return self._read([(begin, pool) for pool, begin in map(named_hour, ids)])

    def _read(self, hours: Sequence[Hour]) -> dict[str, StoredHour]:
        counts = self._link.many([command("GET", self._counts(hour)) for hour in hours])
        versions = self._link.many(
            [command("HGET", self._versions(shard, pool), begin) for begin, pool in hours for shard in range(SHARDS)]
        )
        found = []
        for position, ((begin, pool), raw) in enumerate(zip(hours, counts, strict=True)):
            parts = [int(part) for part in versions[position * SHARDS : (position + 1) * SHARDS] if part is not None]
            counted = () if raw is None else (VERSION.unpack_from(raw)[0], raw[VERSION.size :])
            if parts:
                found.append(StoredHour(pool, CountedHour(begin, sum(parts), *counted)))
        return {hour.name: hour for hour in found}

    def put(self, records: Sequence[StoredHour], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        self.remove([record.name for record in records])
        self._link.many([each for record in records for each in self._putting(record)])

    def _putting(self, record: StoredHour) -> Iterator[Command]:
        hour, member = record.hour, pack_hour(record.pool, record.hour.begin)
        shard = shard_of(member)
        versions, index = self._versions(shard, record.pool), self._names.shard(shard, b"y")
        yield command("HSET", versions, hour.begin, hour.version)
        yield command("PEXPIRE", versions, _LIVES_MS)
        yield command("ZADD", index, hour.begin, member)
        yield command("PEXPIRE", index, _LIVES_MS)
        if hour.counted_version:
            packed = VERSION.pack(hour.counted_version) + hour.counts
            yield command("SET", self._counts((hour.begin, record.pool)), packed, "PX", _LIVES_MS)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        hours = [named_hour(each) for each in ids]
        self._link.many([command("DEL", self._counts((begin, pool))) for pool, begin in hours])
        self._link.many(
            [
                each
                for pool, begin in hours
                for shard in range(SHARDS)
                for each in (
                    command("HDEL", self._versions(shard, pool), begin),
                    command("ZREM", self._names.shard(shard, b"y"), pack_hour(pool, begin)),
                )
            ]
        )

    def _indexes(self) -> list[bytes]:
        return [self._names.shard(shard, b"y") for shard in range(SHARDS)]

    def _versions(self, shard: int, pool: str) -> bytes:
        return self._names.shard(shard, b"h", pool.encode())

    def _counts(self, hour: Hour) -> bytes:
        begin, pool = hour
        return counts_key(self._names, pool, begin)
