"""Opening a session, once for each request."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from masking_core.errors import InvalidArgument, NotFound, NumberNotAvailable, RequestIdReused
from masking_core.events import Event, EventKind
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import MINUTE, Clock, Instant
from masking_core.opening import Opening
from masking_core.phone_number import RealNumber, is_e164
from masking_core.pools import Geography, Pool
from masking_core.ports.keys import Vault
from masking_core.ports.numbering import NumberDescription
from masking_core.ports.store import Store
from masking_core.sealed import Caller, LookupKey
from masking_core.services.caller_ids import check_caller_id
from masking_core.services.current_keys import under_current_keys
from masking_core.services.expiry import expire_time_of
from masking_core.services.participants import Participants, check_strangers
from masking_core.services.requests import OpenRequest
from masking_core.sessions import Session, Side

_UNPLACED = Side(label="", proxy="", reach=Geography.NONE, reused_early=False, legs=())

_DRAWS = 2
"""How often other PINs are drawn before a pool counts as exhausted."""

Described = Sequence[Sequence[NumberDescription]]
"""The numbers of each participant, in their plan."""


class SessionOpening:
    """Turns requests into sessions."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        participants: Participants,
        clock: Clock,
        new_id: Callable[[], str],
        new_pin: Callable[[int], str],
    ) -> None:
        """Take the ports."""
        self._store = store
        self._told_exhausted: dict[str, Instant] = {}
        self._vault = vault
        self._participants = participants
        self._clock = clock
        self._new_id = new_id
        self._new_pin = new_pin

    def open(self, request: OpenRequest) -> Session:
        """The session, or the one that the same request opened before. See ``Sessions.open`` for errors."""
        request.check()
        try:
            pool, described, draft = self._drafted(request)
        except (InvalidArgument, NotFound):
            # What may not be opened any more may have been opened before, and is answered as it was then.
            earlier = self._store.find_request(request.request_id) if request.request_id else None
            if earlier is None:
                raise
            return self._the_same(earlier, request)
        try:
            opened = self._stored(request, pool, described, draft)
        except PoolExhausted:
            self._tell_exhausted(pool.name, draft.create_time)
            raise
        if opened.session_id != draft.session_id:
            return self._the_same(opened, request)
        return opened

    def _drafted(self, request: OpenRequest) -> tuple[Pool, Described, Session]:
        """The request checked against its pool, the clock and the numbering plan."""
        pool = self._store.get_pool(request.pool)
        if pool is None:
            raise NotFound("pool", request.pool)
        now = self._clock()
        described = [
            self._participants.describe(pool, side, participant.phone_numbers)
            for side, participant in enumerate(request.participants)
        ]
        check_strangers(*(participant.phone_numbers for participant in request.participants))
        if request.call_settings is not None:
            check_caller_id(self._store, "call_settings", request.call_settings)
        draft = Session(
            session_id=self._new_id(),
            pool=pool.name,
            sides=(_UNPLACED, _UNPLACED),
            create_time=now,
            update_time=now,
            expire_time=expire_time_of(pool, now, now, request.time_to_live, request.expire_time),
            reserved=request.reserve_numbers,
            reference=request.reference,
            labels=request.labels,
            call_settings=pool.policy.call_settings if request.call_settings is None else request.call_settings,
            request_id=request.request_id,
            fingerprint=request.fingerprint(),
        )
        return pool, described, draft

    def _stored(self, request: OpenRequest, pool: Pool, described: Described, draft: Session) -> Session:
        """The session, opened; where a PIN is drawn that a number has already, with other PINs."""
        for _ in range(_DRAWS if pool.policy.asks_pin else 0):
            with suppress(PoolExhausted, NumberNotAvailable):
                return under_current_keys(self._vault, lambda: self._opened(request, pool, described, draft))
        return under_current_keys(self._vault, lambda: self._opened(request, pool, described, draft))

    def _tell_exhausted(self, pool: str, now: Instant) -> None:
        """Tell that the pool refused a session, but not of each one that is refused in a row."""
        if now - self._told_exhausted.get(pool, 0) >= MINUTE:
            self._told_exhausted[pool] = now
            self._store.append_events([Event(EventKind.POOL_LOW, now, pool, detail="EXHAUSTED")])

    def _opened(self, request: OpenRequest, pool: Pool, described: Described, draft: Session) -> Session:
        key_ids = self._vault.key_ids()
        first, second = (
            self._participants.need(
                draft.session_id, side, numbers, asked.label, asked.proxy_number, self._pin(pool, draft, side)
            )
            for side, (numbers, asked) in enumerate(zip(described, request.participants, strict=True))
        )
        return self._store.open_session(Opening(draft, pool, (first, second), key_ids), draft.create_time)

    def _pin(self, pool: Pool, draft: Session, side: int) -> Caller | None:
        if not pool.policy.asks_pin:
            return None
        return self._participants.pin(draft.session_id, side, self._new_pin(pool.policy.pins.length))

    def _the_same(self, opened: Session, request: OpenRequest) -> Session:
        """The session that was opened, if this request asks for it too; else raise RequestIdReused.

        A number is the same when any of its look-up keys is: during a rotation one may be missing.
        """
        same_numbers = all(
            not known.isdisjoint(lookups)
            for asked, side in zip(request.participants, opened.sides, strict=True)
            for known in ({lookup for leg in side.legs for lookup in leg.caller.lookups},)
            for lookups in self._lookups(asked.phone_numbers)
        )
        if opened.fingerprint != request.fingerprint() or not same_numbers:
            raise RequestIdReused
        return opened

    def _lookups(self, phone_numbers: Sequence[str]) -> Iterator[tuple[LookupKey, ...]]:
        return (self._vault.lookups(RealNumber(number)) if is_e164(number) else () for number in phone_numbers)
