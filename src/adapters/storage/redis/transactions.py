"""What is under way with sessions: finishing it, aborting it, and waiting for it. See ``protocol.py``."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    pack_id,
    pack_member,
    pack_route,
    unpack_record,
)
from adapters.storage.redis.pools import PoolMemory
from masking_core.instants import DAY, NEVER, Duration, Instant
from masking_core.sealed import LookupKey
from masking_core.sessions import RouteEntry, Session, routes_of
from masking_core.shards import SHARDS, shard_of

LEASE_MS = 250
"""For so long others let an opening or a change go on before they abort it. Nothing but patience rests on it."""

SLACK: Duration = 7 * DAY
"""How long after its retention a key expires by itself; the sweeper comes first."""

_REFUSED_MS = 3_600_000
_LONGEST_PAUSE = 0.02
_UNDERWAY = Struct(">8sQ")
_NOT_ENDED = -1
_AS_BEFORE = 0


@dataclass(frozen=True, slots=True)
class Underway:
    """A session's record, and what is under way with it: the token of its lease, and the other record."""

    record: Record
    token: bytes = b""
    other: Record | None = None

    @property
    def lease(self) -> bytes:
        """The name of the lease in other slots."""
        return self.token + pack_id(self.record.session.session_id)


class Transactions:
    """Brings every session to the phase in which nothing is under way."""

    def __init__(self, link: Link, names: Names, pools: PoolMemory) -> None:
        """Take the way to Redis."""
        self.link = link
        self.names = names
        self.pools = pools
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
        return (
            self.names.session(packed_id, b"s"),
            self.names.session(packed_id, b"t"),
            self.names.session(packed_id, b"p"),
        )

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
            for stage in self._work(found):
                self.link.many(stage)
            just_written = None
            if self.link.one(self._finishing(packed_id, found, self._lives(record))):
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

    def _finishing(self, packed_id: bytes, found: Underway, lives: int) -> Command:
        session = found.record.session
        keys = (
            *self.keys(packed_id),
            *self.names.index(shard_of(packed_id), session.pool),
            self.names.session(packed_id, b"r"),
            self.names.session(packed_id, b"d"),
        )
        return script("shard/finish", keys, packed_id, found.record.header, found.token, lives)

    def _lives(self, record: Record) -> int:
        """For how many ms the record lives from now; the session's last change is as good as now."""
        session = record.session
        if record.ended:
            return _AS_BEFORE
        return lives_for(session, self._retention(session))

    def _retention(self, session: Session) -> Duration:
        pool = self.pools.get(session.pool)
        return SLACK if pool is None else pool.policy.retention + SLACK

    def _work(self, found: Underway) -> Iterable[list[Command]]:
        """What is to be done in this phase: stages of commands, each stage to be done before the next."""
        session = found.record.session
        closed = session.close_time is not None
        match found.record.phase:
            case Phase.OPENING_ABORTED:
                yield [*self._unlease(found, session), self._undo(found), *self._release_request(found)]
            case Phase.REVISING_ABORTED:
                reserved = session if found.other is None else found.other.session
                yield [*self._unlease(found, reserved), self._undo(found)]
                if closed:
                    yield [*self._apply(found), *self._index(session)]
            case Phase.COMMITTED:
                yield [*self._apply(found), *self._settle(found), *self._drop(found), *self._index(session)]
            case Phase.ENDING:
                yield [*self._apply(found), *self._index(session)]
            case _:
                yield self._forget(session)
        if found.record.phase is not Phase.FORGETTING and (closed or found.record.ended):
            yield [
                script("pool/end", self.names.pool_keys(session.pool), pack_member(session), session.end_time),
            ]

    def _apply(self, found: Underway) -> list[Command]:
        session = found.record.session
        common = (pack_id(session.session_id), session.version, found.lease, session.update_time)
        keep = self._retention(session)
        return [
            script(
                "caller/apply",
                (self.names.caller(caller),),
                *common,
                keep,
                *(
                    word
                    for entry in entries
                    for word in (entry.dialled[1:], *pack_route(session, entry, ended=found.record.ended))
                ),
            )
            for caller, entries in by_caller(routes_of(session)).items()
        ]

    def _settle(self, found: Underway) -> list[Command]:
        session = found.record.session
        if found.record.ended:
            return []
        before = b"" if found.other is None else pack_member(found.other.session)
        return [
            script(
                "pool/settle",
                self.names.pool_keys(session.pool, found.lease),
                found.lease,
                pack_id(session.session_id),
                before,
                pack_member(session),
                session.expire_time,
            )
        ]

    def _drop(self, found: Underway) -> list[Command]:
        """Forget the routes under look-up keys that the session has no longer."""
        if found.other is None:
            return []
        kept = by_caller(routes_of(found.record.session))
        gone = {key: each for key, each in by_caller(routes_of(found.other.session)).items() if key not in kept}
        return self._forget_callers(found.record.session, gone)

    def _unlease(self, found: Underway, session: Session) -> list[Command]:
        return [
            script("caller/unlease", (self.names.caller(caller),), found.lease, *(each.dialled[1:] for each in entries))
            for caller, entries in by_caller(routes_of(session)).items()
        ]

    def _undo(self, found: Underway) -> Command:
        session = found.record.session
        keys = self.names.pool_keys(session.pool, found.lease)
        return script("pool/undo", keys, found.lease, pack_id(session.session_id), _REFUSED_MS)

    def _release_request(self, found: Underway) -> list[Command]:
        request_id = found.record.session.request_id
        return [script("other/release", (self.names.request(request_id),), found.lease, 1)] if request_id else []

    def _index(self, session: Session) -> list[Command]:
        """Let a session be found by its reference and its request as long as it is remembered."""
        packed_id = pack_id(session.session_id)
        lives = lives_for(session, self._retention(session))
        commands = []
        if session.reference:
            commands.append(script("other/index", (self.names.reference(session.reference),), packed_id, lives))
        if session.request_id:
            key = self.names.request(session.request_id)
            commands.append(script("other/extend", (key,), packed_id, TOKEN_LENGTH + 1, lives))
        return commands

    def _forget(self, session: Session) -> list[Command]:
        packed_id = pack_id(session.session_id)
        commands = self._forget_callers(session, by_caller(routes_of(session)))
        commands.append(script("pool/forget", self.names.pool_keys(session.pool), pack_member(session)))
        if session.reference:
            commands.append(command("ZREM", self.names.reference(session.reference), packed_id))
        if session.request_id:
            key = self.names.request(session.request_id)
            commands.append(script("other/release", (key,), packed_id, TOKEN_LENGTH + 1))
        return commands

    def _forget_callers(self, session: Session, callers: dict[LookupKey, list[RouteEntry]]) -> list[Command]:
        packed_id = pack_id(session.session_id)
        return [
            script("caller/forget", (self.names.caller(caller),), packed_id, *(each.dialled[1:] for each in entries))
            for caller, entries in callers.items()
        ]


def by_caller(routes: Iterable[RouteEntry]) -> dict[LookupKey, list[RouteEntry]]:
    """The routes of each caller."""
    found: dict[LookupKey, list[RouteEntry]] = {}
    for entry in routes:
        found.setdefault(entry.caller, []).append(entry)
    return found


def lives_for(session: Session, keep: Duration) -> int:
    """For how many ms what belongs to a session lives from its last change on; -1 for ever."""
    if session.end_time >= NEVER:
        return _NOT_ENDED
    return max((session.end_time - session.update_time + keep) // 1_000, 1)
