"""Sessions, in Redis: reading and closing them. The steps and their reasons stand in ``protocol.py``."""

from adapters.storage.redis.changing import RedisChanging
from adapters.storage.redis.commands import script
from adapters.storage.redis.opening import RedisOpening
from adapters.storage.redis.packing import NO_TOKEN, Phase, pack_id, unpack_record
from adapters.storage.redis.work import Underway
from masking_core.instants import Instant
from masking_core.sessions import Session


class RedisSessions(RedisOpening, RedisChanging):
    """``SessionStore`` but for the lists, and the re-keying of sessions."""

    def get_session(self, session_id: str) -> Session | None:
        """See ``SessionStore``."""
        return self._transactions.sessions([pack_id(session_id)])[0]

    def close_session(self, session_id: str, now: Instant) -> Session | None:
        """See ``SessionStore``."""
        packed_id = pack_id(session_id)
        raw = self._link.one(
            script("shard/close", self._transactions.telling(packed_id), packed_id, now, self._transactions.lease_ms)
        )
        if raw is None:
            return None
        record = unpack_record(packed_id, raw)
        if record.phase is not Phase.STABLE:
            just_closed = Underway(record, NO_TOKEN) if record.phase is Phase.ENDING else None
            self._transactions.finish(packed_id, just_closed)
        return record.session
