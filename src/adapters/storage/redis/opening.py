"""Opening sessions, in Redis. The steps and their reasons stand in ``protocol.py``."""

import secrets

from adapters.storage.redis.call_packing import pack_event
from adapters.storage.redis.commands import command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.packing import TOKEN_LENGTH, Phase, pack_id, pack_record, unpack_record
from adapters.storage.redis.reserving import Reserving, TryAgain, check_real_numbers, is_virtual, until_decided
from adapters.storage.redis.source import RedisSource
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
        check_real_numbers(opening.needs, lookups, marks)
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
            raise TryAgain
        self._reserve_opening(opening, session, token, lease or b"")
        lives = lives_for(session, opening.pool.policy.retention + SLACK)
        keys_of_commit = self._transactions.telling(packed_id, *names.index(shard_of(packed_id), draft.pool))
        events = [pack_event(event) for event in opening_events(session, now)]
        commit = script("shard/commit_opening", keys_of_commit, packed_id, token, lives, *events)
        if not self._link.one(commit):
            self._transactions.finish(packed_id)
            raise TryAgain
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
                    raise is_virtual(opening.needs, pairs[position][0])
            raise TryAgain

    def find_request(self, request_id: str) -> Session | None:
        """See ``SessionStore``."""
        return self._opened_by(self._link.one(command("GET", self._names.request(request_id))))
