"""Sessions, in Redis: opening, changing and closing them. The steps and their reasons stand in ``protocol.py``."""

import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import msgspec

from adapters.storage.redis.call_packing import pack_event
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.connections import longest_wait
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import (
    INVISIBLE,
    NO_TOKEN,
    TOKEN_LENGTH,
    Phase,
    Record,
    end_of_route,
    numbers_of,
    pack_id,
    pack_record,
    unpack_record,
)
from adapters.storage.redis.source import RedisSource
from adapters.storage.redis.transactions import SLACK, Transactions, Underway, lives_for
from masking_core.allocation import Need
from masking_core.errors import Conflict, InvalidArgument, NotFound, NumberNotAvailable, SessionEnded, StoreUnavailable
from masking_core.events import EventKind, opening_events, session_event
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import Instant
from masking_core.opening import Opening, Revision
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, routes_of
from masking_core.shards import shard_of

_SWEPT_WITH_EACH_OPENING = 16
_EVERY = -1
_PATIENCE = 10.0
_PAUSE = 0.002
_LONGEST_PAUSE = 0.05
_REQUEST_AT_FIRST_MS = 7 * 24 * 3_600_000
_ANY_KEYS = b"*"
_TAKES_PART, _IS_KNOWN = 1, 0

_pack = msgspec.msgpack.Encoder().encode
_Result = TypeVar("_Result")

Pair = tuple[LookupKey, str]
"""A caller, and the digits of a number it dials."""


class _TryAgain(Exception):  # no error: somebody else was faster
    """Somebody else took what was to be reserved, or changed what was read."""


class RedisSessions:
    """``SessionStore`` but for the lists, and the re-keying of sessions."""

    _link: Link
    _names: Names
    _transactions: Transactions

    def open_session(self, opening: Opening, now: Instant) -> Session:
        """See ``SessionStore``."""
        return _until_decided(lambda: self._try_to_open(opening, now))

    def _try_to_open(self, opening: Opening, now: Instant) -> Session:
        draft, names = opening.draft, self._names
        packed_id = pack_id(draft.session_id)
        lookups = [lookup for need in opening.needs for lookup in need.lookups()]
        source = RedisSource(self._link, names, opening.pool, draft, now)
        pages = source.first_pages(opening.needs)
        keys_raw, pool, due, lease, *found = self._link.many(
            [
                command("GET", names.session(packed_id, b"k")),
                command("GET", names.pool(draft.pool)),
                command(
                    "ZRANGEBYSCORE", names.pool(draft.pool, b"L"), "-inf", now, "LIMIT", 0, _SWEPT_WITH_EACH_OPENING
                ),
                command("GET", names.request(draft.request_id)),
                *pages.values(),
                *(command("HEXISTS", names.caller(lookup), "!") for lookup in lookups),
            ]
        )
        marks = found[len(pages) :]
        keys = check_writer(keys_raw, opening.key_ids)
        known = self._opened_by(lease)
        if known is not None:
            return known
        if pool is None:
            raise NotFound("pool", draft.pool)
        _check_real_numbers(opening.needs, lookups, marks)
        if not self._transactions.unload(draft.pool, due, now):
            source.foresee(opening.needs, dict(zip(pages, found, strict=False)))
        session = self._placed(opening, draft, now, source)
        token = secrets.token_bytes(TOKEN_LENGTH)
        record = pack_record(session, Phase.OPENING, ended=False)
        begun = self._link.one(
            script(
                "shard/begin_opening",
                (*self._transactions.keys(packed_id), names.session(packed_id, b"k")),
                packed_id,
                token,
                self._transactions.lease_ms,
                keys,
                record,
            )
        )
        if begun:
            self._transactions.overcome(packed_id, patient=True)
            raise _TryAgain
        self._reserve_opening(opening, session, token, lease or b"")
        lives = lives_for(session, opening.pool.policy.retention + SLACK)
        keys_of_commit = self._transactions.telling(packed_id, *names.index(shard_of(packed_id), draft.pool))
        events = [pack_event(event) for event in opening_events(session, now)]
        commit = script("shard/commit_opening", keys_of_commit, packed_id, token, lives, *events)
        if not self._link.one(commit):
            self._transactions.finish(packed_id)
            raise _TryAgain
        opened = unpack_record(packed_id, pack_record(session, Phase.COMMITTED, ended=False))
        self._transactions.finish(packed_id, Underway(opened, token))
        return session

    def _opened_by(self, lease: bytes | None) -> Session | None:
        """The session that was opened under the lease which has a request; None when it came to nothing."""
        if lease is None:
            return None
        packed_id = lease[TOKEN_LENGTH:]
        self._transactions.overcome(packed_id, patient=True)
        return self._transactions.sessions([packed_id])[0]

    def _reserve_opening(self, opening: Opening, session: Session, token: bytes, dead: bytes) -> None:
        packed_id = pack_id(session.session_id)
        lease = token + packed_id
        proxies = [side.proxy[1:] for side in session.sides]
        pairs = [(entry.caller, entry.dialled[1:]) for entry in routes_of(session)]
        commands = [
            self._reservation(session, lease, proxies, sorted(set(proxies)), []),
            *self._leases(pairs, lease, session.create_time),
        ]
        if session.request_id:
            key = self._names.request(session.request_id)
            commands.append(script("other/claim_request", (key,), lease, dead, _REQUEST_AT_FIRST_MS))
        try:
            replies = self._link.many(commands)
        except StoreUnavailable:
            self._transactions.abort(packed_id, token)
            raise
        if any(replies):
            self._transactions.abort(packed_id, token)
            self._transactions.finish(packed_id)
            for position, reply in enumerate(replies[1 : 1 + len(pairs)]):
                if reply == b"VIRTUAL":
                    raise _is_virtual(opening.needs, pairs[position][0])
            raise _TryAgain

    def _reservation(
        self, session: Session, lease: bytes, take: Sequence[str], hold: Sequence[str], leave: Sequence[str]
    ) -> Command:
        return script(
            "pool/reserve",
            self._names.pool_keys(session.pool, lease),
            lease,
            pack_id(session.session_id),
            int(session.reserved),
            _pack((take, hold, leave)),
        )

    def _leases(
        self, pairs: Sequence[Pair], lease: bytes, latest: Instant, takes_part: int = _TAKES_PART
    ) -> list[Command]:
        session = lease[TOKEN_LENGTH:]
        return [
            script("caller/lease", (self._names.caller(caller),), latest, session, lease, digits, takes_part, once=True)
            for caller, digits in pairs
        ]

    def _placed(self, change: Opening | Revision, session: Session, now: Instant, source: RedisSource) -> Session:
        """Allocate; where nothing is found, once more when all that stands in the way for no good reason is gone."""
        try:
            return change.placed(source)
        except (PoolExhausted, NumberNotAvailable):
            self._transactions.give_up(source.leases)
            self._transactions.overcome_all(patient=True)
            self._transactions.unload_due(change.pool.name, now, _EVERY)
        return change.placed(RedisSource(self._link, self._names, change.pool, session, now))

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        lease = self._link.one(command("GET", self._names.request(request_id)))
        if lease is None:
            return None
        packed_id = lease[TOKEN_LENGTH:]
        self._transactions.overcome(packed_id, patient=True)
        return self._transactions.sessions([packed_id])[0]

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

    def revise_session(self, revision: Revision, now: Instant) -> Session:
        """See ``SessionStore``."""
        return _until_decided(lambda: self._try_to_revise(revision, now))

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
        marks = self._link.many([command("HEXISTS", self._names.caller(lookup), "!") for lookup in lookups])
        _check_real_numbers(revision.needs, lookups, marks)
        self._check_pairs(known, now)
        source = RedisSource(self._link, self._names, revision.pool, revised, now)
        session = self._placed(revision, revised, now, source)
        longer = session.expire_time > known.expire_time
        pairs = [
            (entry.caller, entry.dialled[1:])
            for entry in routes_of(session)
            if (longer or revision.needs[entry.side] is not None) and entry.end_time > now and not entry.ended
        ]
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
            raise _TryAgain
        return None if record is None or record.phase in INVISIBLE else record

    def _change(self, record: Record, session: Session, keys: bytes, pairs: Sequence[Pair], now: Instant) -> None:
        """Change a running session; what it needs anew is reserved first."""
        known, packed_id, token = record.session, pack_id(session.session_id), secrets.token_bytes(TOKEN_LENGTH)
        before, after = (Counter(side.proxy[1:] for side in each.sides) for each in (known, session))
        take, leave = list((after - before).elements()), list((before - after).elements())
        hold = sorted(number[1:] for number in numbers_of(session) - numbers_of(known))
        reserves = bool(pairs or take)
        events = [pack_event(session_event(EventKind.SESSION_UPDATED, session, now))]
        self._begin(packed_id, token, record, session, keys, str(now), events, reserves=reserves)
        if not reserves:
            return
        commands = self._leases(pairs, token + packed_id, now)
        if take or hold:
            commands.append(self._reservation(session, token + packed_id, take, hold, leave))
        self._commit_change(packed_id, token, known.version, commands, events)

    def _begin(
        self,
        packed_id: bytes,
        token: bytes,
        record: Record,
        session: Session,
        keys: bytes,
        running: str,
        events: Sequence[bytes],
        *,
        reserves: bool,
    ) -> None:
        """Begin a change that reserves something first, or change the session at once."""
        begun = self._link.one(
            script(
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
        )
        if begun == b"ENDED":
            raise SessionEnded(session.session_id)
        if begun == b"CONFLICT":
            raise Conflict(f"session {session.session_id} was changed meanwhile")
        if begun == b"GONE":
            raise NotFound("session", session.session_id)
        if begun:
            raise _TryAgain
        if not reserves:
            self._transactions.finish(packed_id)

    def _commit_change(
        self,
        packed_id: bytes,
        token: bytes,
        version: int,
        commands: Sequence[Command],
        events: Sequence[bytes],
        granted: Collection[bytes] = (b"",),
    ) -> None:
        try:
            refused = any(reply not in granted for reply in self._link.many(commands))
        except StoreUnavailable:
            self._transactions.abort(packed_id, token)
            raise
        commit = script("shard/commit_change", self._transactions.telling(packed_id), token, version, *events)
        if refused or not self._link.one(commit):
            self._transactions.abort(packed_id, token)
            self._transactions.finish(packed_id)
            raise _TryAgain
        self._transactions.finish(packed_id)

    def rekey_session(self, session: Session, dropped: Sequence[LookupKey]) -> None:
        """See ``SessionKeeping``. Which keys are dropped, the record before tells."""
        del dropped
        _until_decided(lambda: self._try_to_rekey(session))

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
        self._begin(packed_id, token, record, session, _ANY_KEYS, "", (), reserves=bool(new))
        if new:
            commands = [
                each
                for entry in new
                for each in self._leases(
                    [(entry.caller, entry.dialled[1:])], token + packed_id, entry.end_time, _IS_KNOWN
                )
            ]
            self._commit_change(packed_id, token, known.version, commands, (), granted=(b"", b"TAKEN"))


def _until_decided(attempt: Callable[[], _Result]) -> _Result:
    """Try again while others are faster, as long as the caller waits."""
    end, pause = time.monotonic() + longest_wait(_PATIENCE), _PAUSE
    while True:
        try:
            return attempt()
        except _TryAgain:
            if time.monotonic() > end:
                raise StoreUnavailable("others change the same sessions all the time") from None
            time.sleep(random.uniform(0, pause))  # noqa: S311 # only keeps two from colliding again
            pause = min(2 * pause, _LONGEST_PAUSE)


def _check_real_numbers(needs: Sequence[Need | None], lookups: Sequence[LookupKey], are_virtual: Sequence[int]) -> None:
    """Raise InvalidArgument when one of the participants' numbers is a virtual number of ours."""
    for lookup, is_virtual in zip(lookups, are_virtual, strict=True):
        if is_virtual:
            raise _is_virtual(needs, lookup)


def _is_virtual(needs: Sequence[Need | None], lookup: LookupKey) -> InvalidArgument:
    """The error that names the participant's number which has this look-up key."""
    path = next(
        f"participants[{side}].phone_numbers[{position}]"
        for side, need in enumerate(needs)
        for position, caller in enumerate(need.callers if need is not None else ())
        if lookup in caller.lookups
    )
    return InvalidArgument(path, "is a virtual number of ours")
