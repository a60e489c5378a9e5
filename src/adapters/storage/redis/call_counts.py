"""What was counted of calls, in Redis: versions where the calls are, and counts where the pool is.

Every shard counts the changes of its own calls; an hour's version is the sum of what they have counted.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from struct import Struct

from adapters.storage.redis.call_changes import unpack_hour
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.work import SLACK
from masking_core.call_records import COUNT_RETENTION
from masking_core.instants import DAY, HOUR, Instant
from masking_core.ports.calls import CountedDay, CountedHour
from masking_core.shards import SHARDS

VERSION = Struct(">Q")
"""What stands before counts: the version that they were made of."""
_ASKED_ONE_BY_ONE = 2_000


class RedisCallCounts:
    """``CallCountStore``."""

    _link: Link
    _names: Names

    def counted_hours(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        """See ``CallCountStore``."""
        versions = self._versions(pool, begin, end)
        return [CountedHour(*each) for each in self._read(versions, lambda hour: counts_key(self._names, pool, hour))]

    def counted_days(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedDay]:
        """See ``CallCountStore``."""
        versions: Counter[Instant] = Counter()
        for hour, version in self._versions(pool, begin, end).items():
            versions[hour - hour % DAY] += version
        return [CountedDay(*each) for each in self._read(versions, lambda day: day_key(self._names, pool, day))]

    def _read(
        self, versions: Mapping[Instant, int], key_of: Callable[[Instant], bytes]
    ) -> Iterator[tuple[Instant, int, int, bytes]]:
        """The members of what was counted, in order; the keys lie in one slot."""
        begins = sorted(versions)
        keys = [key_of(begin) for begin in begins]
        raws = self._link.one(Command(keys[0], ("MGET", *keys))) if keys else []
        for begin, raw in zip(begins, raws, strict=True):
            counted = (0, b"") if raw is None else (VERSION.unpack_from(raw)[0], raw[VERSION.size :])
            yield begin, versions[begin], *counted

    def _versions(self, pool: str, begin: Instant, end: Instant) -> Counter[Instant]:
        keys = [self._names.shard(shard, b"h", pool.encode()) for shard in range(SHARDS)]
        hours = range(-(-begin // HOUR) * HOUR, end, HOUR)
        versions: Counter[Instant] = Counter()
        if len(hours) <= _ASKED_ONE_BY_ONE:
            asked = [command("HMGET", key, *hours) for key in keys if hours]
            for found in self._link.many(asked):
                versions.update({hour: int(raw) for hour, raw in zip(hours, found, strict=True) if raw is not None})
        else:
            for fields in self._link.many([command("HGETALL", key) for key in keys]):
                told = zip(map(int, fields[::2]), map(int, fields[1::2]), strict=True)
                versions.update({hour: version for hour, version in told if begin <= hour < end})
        return versions

    def put_counts(self, pool: str, hours: Sequence[CountedHour]) -> None:
        """See ``CallCountStore``."""
        self._remember({counts_key(self._names, pool, hour.begin): hour for hour in hours})

    def put_days(self, pool: str, days: Sequence[CountedDay]) -> None:
        """See ``CallCountStore``."""
        self._remember({day_key(self._names, pool, day.begin): day for day in days})

    def _remember(self, counted: Mapping[bytes, CountedHour | CountedDay]) -> None:
        lives = (COUNT_RETENTION + SLACK) // 1_000
        self._link.many(
            [
                script("other/put_counts", (key,), VERSION.pack(each.counted_version) + each.counts, lives)
                for key, each in counted.items()
            ]
        )

    def _forget_hours(self, now: Instant, limit: int) -> int:
        """Forget at most ``limit`` hours past their retention, each in one shard; how many there were."""
        asked = [
            command("ZRANGEBYSCORE", self._names.shard(shard, b"y"), "-inf", now - COUNT_RETENTION, "LIMIT", 0, limit)
            for shard in range(SHARDS)
        ]
        found = [(shard, member) for shard, each in enumerate(self._link.many(asked)) for member in each][:limit]
        told = [(shard, member, *unpack_hour(member)) for shard, member in found]
        names = self._names
        counts = {counts_key(names, pool, begin) for _, _, pool, begin in told}
        counts |= {day_key(names, pool, begin - begin % DAY) for _, _, pool, begin in told}
        self._link.many([command("DEL", key) for key in counts])
        forgotten: list[int] = self._link.many(
            [
                script(
                    "shard/forget_hour",
                    (names.shard(shard, b"y"), names.shard(shard, b"h", pool.encode())),
                    member,
                    begin,
                )
                for shard, member, pool, begin in told
            ]
        )
        return sum(forgotten)


def counts_key(names: Names, pool: str, begin: Instant) -> bytes:
    """Where it stands what was counted of an hour."""
    return names.pool(pool, b"c%d" % begin)


def day_key(names: Names, pool: str, begin: Instant) -> bytes:
    """Where it stands what was counted of a day."""
    return names.pool(pool, b"j%d" % begin)
