"""What is under way with sessions: finishing it, aborting it, and waiting for it. See ``protocol.py``."""

import time
from collections.abc import Iterable, Sequence
from struct import Struct

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import (
    INVISIBLE,
    TOKEN_LENGTH,
    Phase,
    Record,
    id_of_member,
    unpack_record,
)
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.stages import take
from adapters.storage.redis.work import Underway, Work, session_keys
from masking_core.instants import Instant
from masking_core.sessions import Session
from masking_core.shards import SHARDS

LEASE_MS = 250
"""For so long others let an opening or a change go on before they abort it. Nothing but patience rests on it."""

_LONGEST_PAUSE = 0.02
_UNDERWAY = Struct(">8sQ")


class Transactions:
    """Brings every session to the phase in which nothing is under way."""

    def __init__(self, link: Link, names: Names, pools: PoolMemory) -> None:
        """Take the way to Redis."""
        self.link = link
        self.names = names
        self.work = Work(names, pools)
        self.lease_ms = LEASE_MS

    def read(self, packed_id: bytes) -> Underway | None:
        """A session in whatever phase it is, or None."""
        keys = self.keys(packed_id)
        raw, underway = self.link.one(Command(keys[0], ("MGET", *keys[:2])))
        if raw is None:
            return None
        if underway is None:
            return Underway(unpack_record(packed_id, raw))
        token, _ = _UNDERWAY.unpack_from(underway)
        other = underway[_UNDERWAY.size :]
        record = unpack_record(packed_id, raw)
        return Underway(record, token, unpack_record(packed_id, other) if other else None)

    def keys(self, packed_id: bytes) -> tuple[bytes, bytes, bytes]:
        """The keys that every script on a session's shard takes."""
        return session_keys(self.names, packed_id)

    def telling(self, packed_id: bytes, *keys: bytes) -> tuple[bytes, ...]:
        """The keys of a script that tells what has become of a session; ``keys`` are those it has beside."""
        return (*self.keys(packed_id), *keys, self.names.session(packed_id, b"e"))

    def sessions(self, packed_ids: Sequence[bytes]) -> list[Session | None]:
        """Sessions as they stand, all that is committed of them done; None for one that is not there."""
        raws = self.link.many([command("GET", self.names.session(each, b"s")) for each in packed_ids])
        found: list[Session | None] = []
        for packed_id, raw in zip(packed_ids, raws, strict=True):
            record = None if raw is None else unpack_record(packed_id, raw)
            if record is not None and record.phase not in (Phase.STABLE, Phase.REVISING):
                record = self.finish(packed_id)
            visible = record is not None and record.phase not in INVISIBLE
            found.append(record.session if visible and record is not None else None)
        return found

    def finish(self, packed_id: bytes, just_written: Underway | None = None) -> Record | None:
        """Do all that is committed, and undo all that is aborted; any process may, at any time, again and again.

        The record afterwards, or None when there is none. An opening or a change that is not
        decided yet is left alone. ``just_written`` is the session as the caller has just left it.
        """
        while True:
            found = just_written or self.read(packed_id)
            if found is None:
                return None
            record = found.record
            if record.phase in (Phase.STABLE, Phase.OPENING):
                return record
            if record.phase is Phase.REVISING:
                if record.session.close_time is None:
                    return record
                self.abort(packed_id, found.token)
                continue
            if found is not just_written:
                self.link.confirm(self.keys(packed_id)[0])
            just_written = None
            if take(self.link, self.work.left(found))[-1] == [1]:
                return None if record.phase in INVISIBLE else record.at_rest()

    def abort(self, packed_id: bytes, token: bytes) -> None:
        """Make sure that an opening or a change that this process began, or may end, is not committed."""
        self.link.one(script("shard/abort", self.keys(packed_id), token, 0))

    def overcome(self, packed_id: bytes, *, patient: bool) -> bool:
        """Have nothing under way with a session; whether that is so now.

        An undecided opening or change has until the end of its lease; then it is aborted. Who is
        not ``patient`` does not wait for that.
        """
        while True:
            record = self.finish(packed_id)
            if record is None or record.phase is Phase.STABLE:
                return True
            found = self.read(packed_id)
            if found is None:
                return True
            left = self.link.one(script("shard/abort", self.keys(packed_id), found.token, max(self.lease_ms, LEASE_MS)))
            if left and not patient:
                return False
            if left:
                time.sleep(min(left / 1_000, _LONGEST_PAUSE))

    def overcome_all(self, *, patient: bool) -> int:
        """Have nothing under way with any session, as ``overcome``; how many there were."""
        shards = self.link.many([command("ZRANGE", self.names.shard(shard, b"p"), 0, -1) for shard in range(SHARDS)])
        return sum(self.overcome(packed_id, patient=patient) for shard in shards for packed_id in shard)

    def give_up(self, leases: Iterable[tuple[bytes, str, bytes]]) -> None:
        """Wait for what holds these leases (caller's hash, digits, lease), and remove those that nobody holds."""
        for key, digits, lease in set(leases):
            token, packed_id = lease[:TOKEN_LENGTH], lease[TOKEN_LENGTH:]
            self.overcome(packed_id, patient=True)
            found = self.read(packed_id)
            if found is None or found.token != token:
                self.link.one(script("caller/unlease", (key,), lease, digits))

    def unload_due(self, pool: str, now: Instant, limit: int) -> int:
        """Take at most ``limit`` expired sessions off a pool's numbers, all when negative; how many there were."""
        key = self.names.pool(pool, b"L")
        due = self.link.one(command("ZRANGEBYSCORE", key, "-inf", now, "LIMIT", 0, limit))
        return self.unload(pool, due, now)

    def unload(self, pool: str, members: Sequence[bytes], now: Instant) -> int:
        """Take sessions that are due off their numbers; how many were."""
        key = self.names.pool(pool, b"L")
        asked = [
            script("shard/expire", self.telling(each), each, now, self.lease_ms)
            for each in (id_of_member(member) for member in members)
        ]
        unloaded = 0
        for member, raw in zip(members, self.link.many(asked), strict=True):
            if raw is None:
                unloaded += self.link.one(script("pool/end", self.names.pool_keys(pool), member, now))
                continue
            record = unpack_record(id_of_member(member), raw)
            if record.ended or record.session.close_time is not None:
                self.finish(id_of_member(member))
                unloaded += 1
            else:
                self.link.one(command("ZADD", key, "XX", record.session.end_time, member))
        return unloaded
