"""Changing sessions, and re-keying them, in Redis. The steps and their reasons stand in ``protocol.py``."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence

from adapters.storage.redis.call_packing import pack_event
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.packing import (
    INVISIBLE,
    TOKEN_LENGTH,
    Phase,
    Record,
    numbers_of,
    pack_id,
    pack_record,
    unpack_record,
)
from adapters.storage.redis.reserving import (
    IS_KNOWN,
    TAKES_PART,
    Pair,
    Reserving,
    TryAgain,
    check_marks,
    marks_of,
    until_decided,
)
from adapters.storage.redis.route_packing import end_of_route
from adapters.storage.redis.source import RedisSource
from adapters.storage.redis.stages import Stage, take
from adapters.storage.redis.work import Underway
from masking_core.errors import Conflict, NotFound, SessionEnded, StoreUnavailable
from masking_core.events import EventKind, session_event
from masking_core.instants import Instant
from masking_core.opening import Revision
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, routes_of

_ANY_KEYS = b"*"


class RedisChanging(Reserving):
    """The changing part of ``SessionStore``, and the re-keying of sessions."""

    def revise_session(self, revision: Revision, now: Instant) -> Session:
        """See ``SessionStore``."""
        return until_decided(lambda: self._try_to_revise(revision, now))

    def _try_to_revise(self, revision: Revision, now: Instant) -> Session:
        revised = revision.revised
        packed_id = pack_id(revised.session_id)
        keys = check_writer(self._link.one(command("GET", self._names.session(packed_id, b"k"))), revision.key_ids)
        record = self._stable(packed_id)
        if record is None:
            raise NotFound("session", revised.session_id)
        known = record.session
        if record.ended or not known.is_active(now):
            raise SessionEnded(known.session_id)
        if known.version != revised.version - 1:
            raise Conflict(f"session {known.session_id} was changed meanwhile")
        lookups = [lookup for need in revision.needs if need is not None for lookup in need.lookups()]
        check_marks(revision.needs, lookups, self._link.many(marks_of(self._names, lookups)))
        self._check_pairs(known, now)
        source = RedisSource(self._link, self._names, revision.pool, revised, now)
        session = self._placed(revision, revised, now, source)
        longer = session.expire_time > known.expire_time
        pairs: dict[int, list[Pair]] = {TAKES_PART: [], IS_KNOWN: []}
        for entry in routes_of(session):
            takes_part = IS_KNOWN if revision.needs[entry.side] is None else TAKES_PART
            if (longer or takes_part == TAKES_PART) and entry.end_time > now and not entry.ended:
                pairs[takes_part].append((entry.caller, entry.dialled[1:]))
        self._change(record, session, keys, pairs, now)
        return session

    def _check_pairs(self, session: Session, now: Instant) -> None:
        """Raise SessionEnded if it ran out while a change of it waited, and another session has a pair of it."""
        entries = [entry for entry in routes_of(session) if not entry.ended]
        routes = self._link.many(
            [command("HGET", self._names.caller(entry.caller), entry.dialled[1:]) for entry in entries]
        )
        for packed in routes:
            if packed is not None:
                holder, end = end_of_route(packed)
                if holder != pack_id(session.session_id) and end > now:
                    raise SessionEnded(session.session_id)

    def _stable(self, packed_id: bytes) -> Record | None:
        """A session with which nothing is under way, or None."""
        self._transactions.overcome(packed_id, patient=True)
        record = self._transactions.finish(packed_id)
        if record is not None and record.phase is not Phase.STABLE and record.phase not in INVISIBLE:
            raise TryAgain
        return None if record is None or record.phase in INVISIBLE else record

    def _change(
        self, record: Record, session: Session, keys: bytes, pairs: Mapping[int, Sequence[Pair]], now: Instant
    ) -> None:
        """Change a running session; what it needs anew is reserved first, the pairs as they take part."""
        known, packed_id, token = record.session, pack_id(session.session_id), secrets.token_bytes(TOKEN_LENGTH)
        before, after = (Counter(side.proxy[1:] for side in each.sides) for each in (known, session))
        take, leave = list((after - before).elements()), list((before - after).elements())
        hold = sorted(number[1:] for number in numbers_of(session) - numbers_of(known))
        commands = [
            lease
            for takes_part, some in pairs.items()
            for lease in self._leases(some, token + packed_id, now, takes_part)
        ]
        reserves = bool(commands or take)
        events = [pack_event(session_event(EventKind.SESSION_UPDATED, session, now))]
        if reserves and (take or hold):
            commands.append(self._reservation(session, token + packed_id, take, hold, leave))
        begin = self._begin_change(record, session, token, (keys, str(now)), events, reserves=reserves)
        self._carry_out_change(record, session, token, begin, Stage(commands, (b"",)), events)

    def _begin_change(
        self,
        record: Record,
        session: Session,
        token: bytes,
        conditions: tuple[bytes, str],
        events: Sequence[bytes],
        *,
        reserves: bool,
    ) -> Command:
        """What begins a change that reserves something first, or changes the session at once.

        The conditions are the keys that the store must have, and when the session must be running.
        """
        packed_id, (keys, running) = pack_id(session.session_id), conditions
        return script(
            "shard/begin_change",
            self._transactions.telling(packed_id, self._names.session(packed_id, b"k")),
            packed_id,
            token,
            self._transactions.lease_ms,
            keys,
            record.session.version,
            "r" if reserves else "k",
            pack_record(session, Phase.COMMITTED, ended=record.ended),
            running,
            *events,
        )

    def _carry_out_change(
        self, record: Record, session: Session, token: bytes, begin: Command, reserve: Stage, events: Sequence[bytes]
    ) -> None:
        """Change a session. Raises TryAgain where somebody else was faster, and what ``begin`` was refused for."""
        packed_id = pack_id(session.session_id)
        changed = unpack_record(packed_id, pack_record(session, Phase.COMMITTED, ended=record.ended))
        commit = script(
            "shard/commit_change", self._transactions.telling(packed_id), token, record.session.version, *events
        )
        stages = [
            Stage([begin], (b"",)),
            *((reserve, Stage([commit], (1,))) if reserve.commands else ()),
            *self._transactions.work.left(Underway(changed, token, record)),
        ]
        try:
            replies = take(self._link, stages, once=True)
        except StoreUnavailable:
            self._transactions.abort(packed_id, token)
            found = self._transactions.finish(packed_id)
            if found is None or found.session != changed.session:
                raise
            return
        if stages[len(replies) - 1].is_granted(replies[-1]):
            return
        if len(replies) == 1:
            raise _refusal(replies[0][0], session.session_id)
        if len(replies) < len(stages):
            self._transactions.abort(packed_id, token)
            self._transactions.finish(packed_id)
            raise TryAgain
        self._transactions.finish(packed_id)

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """See ``SessionKeeping``. Which keys are dropped, the record before tells."""
        del dropped
        until_decided(lambda: self._try_to_rekey(session))

    def _try_to_rekey(self, session: Session) -> None:
        packed_id, token = pack_id(session.session_id), secrets.token_bytes(TOKEN_LENGTH)
        record = self._stable(packed_id)
        if record is None:
            return
        known = record.session
        if known.version != session.version - 1:
            raise Conflict(f"session {known.session_id} was changed meanwhile")
        held = {entry.caller for entry in routes_of(known)}
        new = [entry for entry in routes_of(session) if entry.caller not in held]
        commands = [
            each
            for entry in new
            for each in self._leases([(entry.caller, entry.dialled[1:])], token + packed_id, entry.end_time, IS_KNOWN)
        ]
        begin = self._begin_change(record, session, token, (_ANY_KEYS, ""), (), reserves=bool(new))
        self._carry_out_change(record, session, token, begin, Stage(commands, (b"", b"TAKEN")), ())


def _refusal(refused: bytes, session_id: str) -> Exception:
    """What a change is refused for when it is begun."""
    match refused:
        case b"ENDED":
            return SessionEnded(session_id)
        case b"CONFLICT":
            return Conflict(f"session {session_id} was changed meanwhile")
        case b"GONE":
            return NotFound("session", session_id)
        case _:
            return TryAgain()
