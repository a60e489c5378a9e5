"""The shelf of sessions, in Redis.

A session is written over several slots, and a copy may die between any two of them. So its record stands first,
as that of a session which is being forgotten: nobody sees it, and whoever meets it takes back all that may have
been written of it. When everything is there, the record becomes the session's. One that is there already is
forgotten first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from adapters.storage.redis.commands import Command, command, reading_script, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import (
    INVISIBLE,
    NO_TOKEN,
    Phase,
    Record,
    pack_id,
    pack_member,
    pack_record,
    unpack_id,
    unpack_record,
)
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.route_packing import end_of_route, pack_route
from adapters.storage.redis.transactions import Transactions
from adapters.storage.redis.work import SLACK, by_caller
from masking_core.instants import NEVER, Duration, Instant
from masking_core.moving import Pair, StoredSession, stored_session
from masking_core.sealed import LookupKey
from masking_core.sessions import RouteEntry, Session, routes_of
from masking_core.shards import SHARDS, shard_of

_FOR_EVER = -1
_RUNNING, _ENDED = "L", "E"


class SessionsShelf:
    """``Shelf`` of sessions, and of what leads to them."""

    def __init__(self, link: Link, names: Names, pools: PoolMemory, transactions: Transactions) -> None:
        """Take the way to Redis."""
        self._link = link
        self._names = names
        self._pools = pools
        self._transactions = transactions

    def count(self) -> int:
        """See ``Shelf``."""
        kinds = (_RUNNING, _ENDED)
        keys = [self._names.pool(pool, kind.encode()) for pool in self._pools.names() for kind in kinds]
        return sum(self._link.many([command("ZCARD", key) for key in keys]))

    def page(self, after: str, limit: int) -> Mapping[str, StoredSession]:
        """See ``Shelf``. The newest come first."""
        last = pack_id(after) if after else b""
        while members := self._before(last, limit):
            found = self.get([unpack_id(member) for member in members])
            if found:
                return found
            last = members[-1]
        return {}

    def _before(self, last: bytes, limit: int) -> list[bytes]:
        """At most ``limit`` sessions by descending id, from the one after ``last``."""
        asked = [
            reading_script("shard/list", self._names.index(shard, pool), last, limit)
            for pool in self._pools.names()
            for shard in range(SHARDS)
        ]
        found = {each for ids in self._link.many(asked) for each in ids if not last or each < last}
        return sorted(found, reverse=True)[:limit]

    def get(self, ids: Collection[str]) -> Mapping[str, StoredSession]:
        """See ``Shelf``."""
        records = [record for record in self._records(ids) if record is not None]
        entries = [(record, entry) for record in records for entry in routes_of(record.session)]
        routes = self._link.many(
            [command("HGET", self._names.caller(entry.caller), entry.dialled[1:]) for _, entry in entries]
        )
        counted = self._link.many(
            [
                command("ZSCORE", self._names.pool(record.session.pool, _RUNNING.encode()), pack_member(record.session))
                for record in records
            ]
        )
        owned: dict[str, set[Pair]] = {record.session.session_id: set() for record in records}
        for (record, entry), packed in zip(entries, routes, strict=True):
            session_id = record.session.session_id
            if packed is not None and end_of_route(packed)[0] == pack_id(session_id):
                owned[session_id].add((entry.caller, entry.dialled))
        return {
            record.session.session_id: stored_session(
                record.session,
                owned[record.session.session_id],
                counts=not record.ended and score is not None,
            )
            for record, score in zip(records, counted, strict=True)
        }

    def put(self, records: Sequence[StoredSession], now: Instant) -> None:
        """See ``Shelf``."""
        pools = set(self._pools.names())
        kept = [record for record in records if record.session.pool in pools]
        self.remove([record.session.session_id for record in kept])
        self._link.many([self._begin(record, now) for record in kept])
        self._link.many([each for record in kept for each in self._with_others(record, now)])
        self._link.many([self._end(record, now) for record in kept])
        self._link.many([self._member(record.session, _RUNNING) for record in kept if record.counts])

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``. In Redis the reports of a session go with it."""
        packed_ids = [pack_id(each) for each in ids]
        raws = self._link.many([command("GET", self._names.session(each, b"s")) for each in packed_ids])
        there = {each: unpack_record(each, raw) for each, raw in zip(packed_ids, raws, strict=True) if raw is not None}
        self._link.many([self._member(record.session, _ENDED, only_known=True) for record in there.values()])
        self._link.many(
            [
                script("shard/move_away", self._transactions.keys(each), each, self._transactions.lease_ms)
                for each in there
            ]
        )
        for each in there:
            self._transactions.finish(each)

    def _records(self, ids: Collection[str]) -> list[Record | None]:
        """Sessions as they stand, all that is committed of them done; None for one that is not there."""
        packed_ids = [pack_id(each) for each in ids]
        raws = self._link.many([command("GET", self._names.session(each, b"s")) for each in packed_ids])
        return [
            None if raw is None else self._visible(packed_id, unpack_record(packed_id, raw))
            for packed_id, raw in zip(packed_ids, raws, strict=True)
        ]

    def _visible(self, packed_id: bytes, record: Record) -> Record | None:
        found: Record | None = record
        if record.phase not in (Phase.STABLE, Phase.REVISING, Phase.FORGETTING):
            found = self._transactions.finish(packed_id)
        return None if found is None or found.phase in INVISIBLE else found

    def _begin(self, record: StoredSession, now: Instant) -> Command:
        session = record.session
        packed_id = pack_id(session.session_id)
        return script(
            "shard/move_in",
            (*self._transactions.keys(packed_id), *self._names.index(shard_of(packed_id), session.pool)),
            packed_id,
            self._transactions.lease_ms,
            pack_record(session, Phase.FORGETTING, ended=not record.counts),
            _lives(session, self._keep(session), now),
        )

    def _with_others(self, record: StoredSession, now: Instant) -> Iterable[Command]:
        """What of a session stands in other slots than its own."""
        session, keep = record.session, self._keep(record.session)
        packed_id, lives = pack_id(session.session_id), _lives(session, keep, now)
        yield self._member(session, _ENDED)
        for caller, entries in by_caller(routes_of(session)).items():
            yield self._callers_part(record, caller, entries, now, keep)
        if session.reference:
            yield script("other/index", (self._names.reference(session.reference),), packed_id, lives)
        if session.request_id:
            expiry = () if lives == _FOR_EVER else ("PX", lives)
            yield command("SET", self._names.request(session.request_id), NO_TOKEN + packed_id, *expiry)

    def _callers_part(
        self, record: StoredSession, caller: LookupKey, entries: Sequence[RouteEntry], now: Instant, keep: Duration
    ) -> Command:
        session = record.session
        return script(
            "caller/move",
            (self._names.caller(caller),),
            pack_id(session.session_id),
            now,
            keep,
            session.end_time,
            *(
                word
                for entry in entries
                for word in (
                    entry.dialled[1:],
                    *pack_route(session, entry, ended=not record.counts),
                    int((entry.caller, entry.dialled) not in record.lost),
                )
            ),
        )

    def _end(self, record: StoredSession, now: Instant) -> Command:
        packed_id = pack_id(record.session.session_id)
        life = "A" if record.counts else "E"
        lives = _lives(record.session, self._keep(record.session), now)
        return script("shard/move_done", self._transactions.keys(packed_id), packed_id, life, lives)

    def _member(self, session: Session, kind: str, *, only_known: bool = False) -> Command:
        """A session among the running or the ended ones of its pool."""
        keys = self._names.pool_keys(session.pool)
        return script("pool/move_member", keys, pack_member(session), session.end_time, kind, int(only_known))

    def _keep(self, session: Session) -> Duration:
        pool = self._pools.get(session.pool)
        return SLACK if pool is None else pool.policy.retention + SLACK


def _lives(session: Session, keep: Duration, now: Instant) -> int:
    """For how many ms what belongs to a session lives from now on; -1 for ever."""
    if session.end_time >= NEVER:
        return _FOR_EVER
    return max((max(session.end_time - now, 0) + keep) // 1_000, 1)
