"""What is left to do with a session in each phase, as commands; see ``protocol.py``."""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import TOKEN_LENGTH, Phase, Record, pack_id, pack_member
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.route_packing import pack_route
from adapters.storage.redis.stages import Stage
from masking_core.instants import DAY, NEVER, Duration
from masking_core.sealed import LookupKey
from masking_core.sessions import RouteEntry, Session, routes_of
from masking_core.shards import shard_of

SLACK: Duration = 7 * DAY
"""How long after its retention a key expires by itself; the sweeper comes first."""

_REFUSED_MS = 3_600_000
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


class Work:
    """What brings a session to the phase in which nothing is under way."""

    def __init__(self, names: Names, pools: PoolMemory) -> None:
        """Take the names of keys, and the pools, whose policies say how long a session is remembered."""
        self._names = names
        self._pools = pools

    def left(self, found: Underway) -> list[Stage]:
        """What is to be done in this phase; the last stage ends it, with 1, unless the session has moved on."""
        return [*(Stage(commands) for commands in self._stages(found)), Stage([self._ending(found)], (1,))]

    def _ending(self, found: Underway) -> Command:
        session = found.record.session
        packed_id = pack_id(session.session_id)
        keys = (
            *session_keys(self._names, packed_id),
            *self._names.index(shard_of(packed_id), session.pool),
            self._names.session(packed_id, b"r"),
            self._names.session(packed_id, b"d"),
        )
        return script("shard/finish", keys, packed_id, found.record.header, found.token, self._lives(found.record))

    def _lives(self, record: Record) -> int:
        """For how many ms the record lives from now; the session's last change is as good as now."""
        session = record.session
        if record.ended:
            return _AS_BEFORE
        return lives_for(session, self._retention(session))

    def _retention(self, session: Session) -> Duration:
        pool = self._pools.get(session.pool)
        return SLACK if pool is None else pool.policy.retention + SLACK

    def _stages(self, found: Underway) -> Iterable[list[Command]]:
        session = found.record.session
        closed = session.close_time is not None
        match found.record.phase:
            case Phase.OPENING_ABORTED:
                yield [*self._unlease(found, session), self.undo(found), *self._release_request(found)]
            case Phase.REVISING_ABORTED:
                reserved = session if found.other is None else found.other.session
                yield [*self._unlease(found, reserved), self.undo(found)]
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
                script("pool/end", self._names.pool_keys(session.pool), pack_member(session), session.end_time),
            ]

    def _apply(self, found: Underway) -> list[Command]:
        session = found.record.session
        common = (pack_id(session.session_id), session.version, found.lease, session.update_time)
        keep = self._retention(session)
        return [
            script(
                "caller/apply",
                (self._names.caller(caller),),
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
                self._names.pool_keys(session.pool, found.lease),
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
            script(
                "caller/unlease", (self._names.caller(caller),), found.lease, *(each.dialled[1:] for each in entries)
            )
            for caller, entries in by_caller(routes_of(session)).items()
        ]

    def undo(self, found: Underway) -> Command:
        """What gives back the numbers that were reserved, and refuses whoever would still reserve them."""
        session = found.record.session
        keys = self._names.pool_keys(session.pool, found.lease)
        return script("pool/undo", keys, found.lease, pack_id(session.session_id), _REFUSED_MS)

    def _release_request(self, found: Underway) -> list[Command]:
        request_id = found.record.session.request_id
        return [script("other/release", (self._names.request(request_id),), found.lease, 1)] if request_id else []

    def _index(self, session: Session) -> list[Command]:
        """Let a session be found by its reference and its request as long as it is remembered."""
        packed_id = pack_id(session.session_id)
        lives = lives_for(session, self._retention(session))
        commands = []
        if session.reference:
            commands.append(script("other/index", (self._names.reference(session.reference),), packed_id, lives))
        if session.request_id:
            key = self._names.request(session.request_id)
            commands.append(script("other/extend", (key,), packed_id, TOKEN_LENGTH + 1, lives))
        return commands

    def _forget(self, session: Session) -> list[Command]:
        packed_id = pack_id(session.session_id)
        commands = self._forget_callers(session, by_caller(routes_of(session)))
        commands.append(script("pool/forget", self._names.pool_keys(session.pool), pack_member(session)))
        if session.reference:
            commands.append(command("ZREM", self._names.reference(session.reference), packed_id))
        if session.request_id:
            key = self._names.request(session.request_id)
            commands.append(script("other/release", (key,), packed_id, TOKEN_LENGTH + 1))
        return commands

    def _forget_callers(self, session: Session, callers: dict[LookupKey, list[RouteEntry]]) -> list[Command]:
        packed_id = pack_id(session.session_id)
        return [
            script("caller/forget", (self._names.caller(caller),), packed_id, *(each.dialled[1:] for each in entries))
            for caller, entries in callers.items()
        ]


def session_keys(names: Names, packed_id: bytes) -> tuple[bytes, bytes, bytes]:
    """The keys that every script on a session's shard takes."""
    return names.session(packed_id, b"s"), names.session(packed_id, b"t"), names.session(packed_id, b"p")


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
