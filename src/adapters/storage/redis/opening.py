"""Opening sessions, in Redis. The steps and their reasons stand in ``protocol.py``."""

import secrets
from collections.abc import Sequence

from adapters.storage.redis.call_packing import pack_event
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.packing import TOKEN_LENGTH, Phase, pack_id, pack_record, unpack_record
from adapters.storage.redis.reserving import Pair, Reserving, TryAgain, check_marks, marks_of, until_decided
from adapters.storage.redis.source import RedisSource
from adapters.storage.redis.stages import Stage, take
from adapters.storage.redis.work import SLACK, Underway, lives_for
from masking_core.errors import NotFound, StoreUnavailable
from masking_core.events import opening_events
from masking_core.instants import Instant
from masking_core.opening import Opening
from masking_core.sessions import Session, routes_of
from masking_core.shards import shard_of

_SWEPT_WITH_EACH_OPENING = 16
_REQUEST_AT_FIRST_MS = 7 * 24 * 3_600_000


class RedisOpening(Reserving):
    """The opening part of ``SessionStore``."""

    def open_session(self, opening: Opening, now: Instant) -> Session:
        """See ``SessionStore``."""
        return until_decided(lambda: self._try_to_open(opening, now))

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
                *marks_of(names, lookups),
            ]
        )
        marks = found[len(pages) :]
        keys = check_writer(keys_raw, opening.key_ids)
        known = self._opened_by(lease)
        if known is not None:
            return known
        if pool is None:
            raise NotFound("pool", draft.pool)
        check_marks(opening.needs, lookups, marks)
        if not self._transactions.unload(draft.pool, due, now):
            source.foresee(opening.needs, dict(zip(pages, found, strict=False)))
        session = self._placed(opening, draft, now, source)
        self._carry_out_opening(opening, session, keys, lease or b"")
        return session

    def _carry_out_opening(self, opening: Opening, session: Session, keys: bytes, dead: bytes) -> None:
        """Open a session that has its place. Raises TryAgain where somebody else was faster."""
        packed_id, token = pack_id(session.session_id), secrets.token_bytes(TOKEN_LENGTH)
        pairs = [(entry.caller, entry.dialled[1:]) for entry in routes_of(session)]
        opened = unpack_record(packed_id, pack_record(session, Phase.COMMITTED, ended=False))
        stages = [
            Stage([self._begin_opening(session, token, keys)], (b"",)),
            Stage(self._reservations(session, token + packed_id, pairs, dead), (b"",)),
            Stage([self._commit_opening(opening, session, token)], (1,)),
            *self._transactions.work.left(Underway(opened, token)),
        ]
        try:
            replies = take(self._link, stages, once=True)
        except StoreUnavailable:
            if not self._is_open_after_all(Underway(opened, token)):
                raise
            return
        if stages[len(replies) - 1].is_granted(replies[-1]):
            return
        match len(replies):
            case 1:  # not begun
                self._transactions.overcome(packed_id, patient=True)
                raise TryAgain
            case 2:  # begun, and something cannot be reserved: taken by somebody else, or no participant's any more
                self._transactions.abort(packed_id, token)
                self._transactions.finish(packed_id)
                raise TryAgain
            case 3:  # reserved, and somebody aborted it
                self._transactions.finish(packed_id)
                raise TryAgain
            case _:  # open, and somebody else has changed it already
                self._transactions.finish(packed_id)

    def _opened_by(self, lease: bytes | None) -> Session | None:
        """The session that was opened under the lease which has a request; None when it came to nothing."""
        if lease is None:
            return None
        packed_id = lease[TOKEN_LENGTH:]
        self._transactions.overcome(packed_id, patient=True)
        return self._transactions.sessions([packed_id])[0]

    def _is_open_after_all(self, opened: Underway) -> bool:
        """Whether an opening of which no reply came is open; if it is not, it cannot come about any more.

        What was sent at once may be read by the server still, after all that is sent from here on.
        """
        packed_id = pack_id(opened.record.session.session_id)
        self._transactions.abort(packed_id, opened.token)
        if self._transactions.finish(packed_id) is None:
            self._link.one(self._transactions.work.undo(opened))
        return self._transactions.finish(packed_id) is not None

    def _begin_opening(self, session: Session, token: bytes, keys: bytes) -> Command:
        packed_id = pack_id(session.session_id)
        return script(
            "shard/begin_opening",
            (*self._transactions.keys(packed_id), self._names.session(packed_id, b"k")),
            packed_id,
            token,
            self._transactions.lease_ms,
            keys,
            pack_record(session, Phase.OPENING, ended=False),
        )

    def _reservations(self, session: Session, lease: bytes, pairs: Sequence[Pair], dead: bytes) -> list[Command]:
        """The numbers, then the pairs, then the request."""
        proxies = [side.proxy[1:] for side in session.sides]
        commands = [
            self._reservation(session, lease, proxies, sorted(set(proxies)), []),
            *self._leases(pairs, lease, session.create_time),
        ]
        if session.request_id:
            key = self._names.request(session.request_id)
            commands.append(script("other/claim_request", (key,), lease, dead, _REQUEST_AT_FIRST_MS))
        return commands

    def _commit_opening(self, opening: Opening, session: Session, token: bytes) -> Command:
        packed_id = pack_id(session.session_id)
        return script(
            "shard/commit_opening",
            self._transactions.telling(packed_id, *self._names.index(shard_of(packed_id), session.pool)),
            packed_id,
            token,
            lives_for(session, opening.pool.policy.retention + SLACK),
            *(pack_event(event) for event in opening_events(session, session.create_time)),
        )

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        return self._opened_by(self._link.one(command("GET", self._names.request(request_id))))
