"""Tidying, in Redis."""

from collections.abc import Sequence

from adapters.storage.redis.append_only import rewrite_logs
from adapters.storage.redis.call_counts import RedisCallCounts
from adapters.storage.redis.calls import RedisCalls
from adapters.storage.redis.commands import command, script
from adapters.storage.redis.events import RedisEvents
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.numbers import RedisNumbers
from adapters.storage.redis.packing import Phase, id_of_member, pack_id
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.reports import RedisReports
from adapters.storage.redis.transactions import Transactions
from masking_core.instants import NEVER, Instant
from masking_core.shards import shard_of

_BUSY = 0
_GONE = -1


class RedisSweeping(RedisNumbers, RedisReports, RedisCalls, RedisCallCounts, RedisEvents):
    """The sweeping part of ``SessionKeeping``."""

    _link: Link
    _names: Names
    _pools: PoolMemory
    _transactions: Transactions

    def sweep(self, now: Instant, limit: int) -> int:
        """See ``SessionKeeping``. What the dead left behind is finished first."""
        steps = self._transactions.overcome_all(patient=False)
        names = [raw.decode() for raw in self._link.one(command("ZRANGE", self._names.only(b"pools"), 0, -1))]
        for name in names:
            if steps < limit:
                steps += self._transactions.unload_due(name, now, limit - steps)
        for name in names:
            if steps < limit:
                steps += self._forget_sessions(name, now, limit - steps)
        for work in (
            self._forget_reports,
            self._sweep_drained,
            self._forget_calls,
            self._forget_hours,
            self._forget_events,
        ):
            if steps < limit:
                steps += work(now, limit - steps)
        return steps

    def forget_session(self, session_id: str) -> None:
        """See ``SessionKeeping``."""
        packed_id = pack_id(session_id)
        while self._transactions.overcome(packed_id, patient=True):
            begun = self._begin_forgetting(packed_id, NEVER)
            if begun != _BUSY:
                self._transactions.finish(packed_id)
                return
            found = self._transactions.read(packed_id)
            if found is None or (found.record.phase is Phase.STABLE and not found.record.ended):
                return

    def scrub(self) -> None:
        """See ``SessionKeeping``. The append-only files are written anew; what is forgotten stands there no more.

        Of calls whose records have gone by themselves since the last sweep, look-up keys are left, and go here.
        """
        self._forget_gone()
        rewrite_logs(self._link)

    def _forget_sessions(self, name: str, now: Instant, limit: int) -> int:
        pool = self._pools.read(name)
        if pool is None:
            return 0
        latest = now - pool.policy.retention
        key = self._names.pool(name, b"E")
        return self._forget(
            name, self._link.one(command("ZRANGEBYSCORE", key, "-inf", latest, "LIMIT", 0, limit)), latest
        )

    def _forget(self, pool: str, members: Sequence[bytes], latest: Instant) -> int:
        """Forget sessions, and those of which nothing is left but that they were."""
        forgotten = 0
        for member in members:
            packed_id = id_of_member(member)
            begun = self._begin_forgetting(packed_id, latest)
            if begun == _BUSY:
                continue
            if begun == _GONE:
                self._link.one(script("shard/delist", self._names.index(shard_of(packed_id), pool), packed_id))
                self._link.one(script("pool/forget", self._names.pool_keys(pool), member))
            else:
                self._transactions.finish(packed_id)
            forgotten += 1
        return forgotten

    def _begin_forgetting(self, packed_id: bytes, latest: Instant) -> int:
        """Begin to forget a session that ended by then: 1, or ``_BUSY`` or ``_GONE``."""
        keys = self._transactions.keys(packed_id)
        lease_ms = self._transactions.lease_ms
        begun: int = self._link.one(script("shard/begin_forgetting", keys, packed_id, latest, lease_ms))
        return begun
