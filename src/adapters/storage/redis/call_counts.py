"""What was counted of calls, in Redis: versions where the calls are, and counts where the pool is.

Every shard counts the changes of its own calls; an hour's version is the sum of what they have counted.
"""

from collections import Counter
from collections.abc import Sequence
from struct import Struct

from adapters.storage.redis.call_changes import unpack_hour
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import SHARDS, Names
from adapters.storage.redis.transactions import SLACK
from masking_core.call_records import COUNT_RETENTION
from masking_core.instants import HOUR, Instant
from masking_core.ports.calls import CountedHour

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
        begins = sorted(versions)
        if not begins:
            return []
        keys = [counts_key(self._names, pool, each) for each in begins]
        raws = self._link.one(Command(keys[0], ("MGET", *keys)))
        return [_counted(each, versions[each], raw) for each, raw in zip(begins, raws, strict=True)]

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
        lives = (COUNT_RETENTION + SLACK) // 1_000
        self._link.many(
            [
                script(
                    "other/put_counts",
                    (counts_key(self._names, pool, hour.begin),),
                    VERSION.pack(hour.counted_version) + hour.counts,
                    lives,
                )
                for hour in hours
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
        self._link.many([command("DEL", counts_key(self._names, pool, begin)) for _, _, pool, begin in told])
        names = self._names
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


def _counted(begin: Instant, version: int, raw: bytes | None) -> CountedHour:
    if raw is None:
        return CountedHour(begin, version)
    return CountedHour(begin, version, VERSION.unpack_from(raw)[0], raw[VERSION.size :])


def counts_key(names: Names, pool: str, begin: Instant) -> bytes:
    """Where it stands what was counted of an hour."""
    return names.pool(pool, b"c%d" % begin)
