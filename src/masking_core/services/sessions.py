"""Opening, reading, changing and closing sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from masking_core.allocation import Need
from masking_core.call_settings import CallSettings
from masking_core.errors import (
    Conflict,
    InvalidArgument,
    NotFound,
    SessionEnded,
)
from masking_core.instants import Clock, Instant
from masking_core.opening import Revision
from masking_core.phone_number import RealNumber
from masking_core.pools import Pool
from masking_core.ports.keys import Vault
from masking_core.ports.numbering import NumberingPlan
from masking_core.ports.store import Store
from masking_core.sealed import pin_place, side_place
from masking_core.services.caller_ids import check_caller_id
from masking_core.services.current_keys import under_current_keys
from masking_core.services.expiry import expire_time_of
from masking_core.services.participants import Participants
from masking_core.services.requests import OpenRequest, SessionChange
from masking_core.services.session_opening import SessionOpening
from masking_core.sessions import Session, SessionQuery, SessionState, Side

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its owner may see it: ``numbers`` are each participant's real ones, in force.

    ``pins`` are the participants', told to who opens the session alone; none where the pool asks for none.
    """

    session: Session
    state: SessionState
    numbers: tuple[tuple[RealNumber, ...], ...]
    pins: tuple[str, ...] = field(default=(), repr=False)


class Sessions:
    """The session service."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        plan: NumberingPlan,
        clock: Clock,
        new_id: Callable[[], str],
        new_pin: Callable[[int], str],
    ) -> None:
        """Take the ports.

        ``new_id`` gives ids of at most 36 of ``[a-z0-9-]`` that grow with time, ``new_pin`` so many
        random digits.
        """
        self._store = store
        self._vault = vault
        self._participants = Participants(vault, plan)
        self._opening = SessionOpening(store, vault, self._participants, clock, new_id, new_pin)
        self._clock = clock

    def open(self, request: OpenRequest) -> SessionView:
        """Open a session; with a ``request_id`` that was used before, return the one it opened.

        Raises what ``SessionStore.open_session`` does, InvalidArgument and ParticipantRefused
        naming the field, and RequestIdReused.
        """
        session = self._opening.open(request)
        pins = tuple(
            self._vault.unseal_bytes(side.pin.sealed, pin_place(session.session_id, index)).decode()
            for index, side in enumerate(session.sides)
            if side.pin is not None
        )
        return replace(self.view(session), pins=pins)

    def get(self, session_id: str) -> SessionView:
        """The session. Raises NotFound."""
        return self.view(self._known(session_id))

    def list(self, query: SessionQuery) -> Sequence[SessionView]:
        """The sessions of one page."""
        return [self.view(session) for session in self._store.list_sessions(query, self._clock())]

    def update(self, change: SessionChange) -> SessionView:
        """Change a running session. Raises as ``SessionStore.revise_session``, and Conflict after several tries."""
        change.check()
        if change.call_settings is not None:
            check_caller_id(self._store, "call_settings", change.call_settings)

        def attempt() -> Session:
            session = self._known(change.session_id)
            now = self._clock()
            if not session.is_active(now):
                raise SessionEnded(session.session_id)
            return self._store.revise_session(self._revision(session, change, now), now)

        for _ in range(_ATTEMPTS - 1):
            try:
                return self.view(under_current_keys(self._vault, attempt))
            except Conflict:
                continue
        return self.view(under_current_keys(self._vault, attempt))

    def close(self, session_id: str) -> SessionView:
        """End the session; an ended one stays as it is. Raises NotFound."""
        session = self._store.close_session(session_id, self._clock())
        if session is None:
            raise NotFound("session", session_id)
        return self.view(session)

    def view(self, session: Session) -> SessionView:
        """The session with its real numbers opened."""
        numbers = tuple(
            tuple(self._vault.unseal(leg.caller.sealed, side_place(session.session_id, index)) for leg in side.current)
            for index, side in enumerate(session.sides)
        )
        return SessionView(session, session.state(self._clock()), numbers)

    def _known(self, session_id: str) -> Session:
        session = self._store.get_session(session_id)
        if session is None:
            raise NotFound("session", session_id)
        return session

    def _pool(self, name: str) -> Pool:
        pool = self._store.get_pool(name)
        if pool is None:
            raise NotFound("pool", name)
        return pool

    def _revision(self, session: Session, change: SessionChange, now: Instant) -> Revision:
        key_ids = self._vault.key_ids()
        pool = self._pool(session.pool)
        expire_time = session.expire_time
        if change.time_to_live is not None or change.expire_time is not None:
            expire_time = expire_time_of(pool, session.create_time, now, change.time_to_live, change.expire_time)
        first, second = (self._revised_side(pool, session, index, change) for index in range(len(session.sides)))
        revised = replace(
            session,
            sides=(first[0], second[0]),
            update_time=now,
            expire_time=expire_time,
            labels=session.labels if change.labels is None else change.labels,
            reference=session.reference if change.reference is None else change.reference,
            call_settings=_changed_settings(session, change),
            version=session.version + 1,
        )
        return Revision(revised, pool, (first[1], second[1]), key_ids)

    def _revised_side(
        self, pool: Pool, session: Session, index: int, change: SessionChange
    ) -> tuple[Side, Need | None]:
        side = session.sides[index]
        asked = change.participants.get(index)
        if asked is None:
            return side, None
        if asked.label is not None:
            side = replace(side, label=asked.label)
        if asked.phone_numbers is None:
            return side, None
        if not set(asked.phone_numbers).isdisjoint(self._numbers_after(session, 1 - index, change)):
            raise InvalidArgument(f"participants[{index}].phone_numbers", "share a number with the other participant")
        described = self._participants.describe(pool, index, asked.phone_numbers)
        return side, self._participants.need(session.session_id, index, described, side.label, pin=side.pin)

    def _numbers_after(self, session: Session, index: int, change: SessionChange) -> Sequence[str]:
        """One participant's real numbers once the change is made."""
        asked = change.participants.get(index)
        if asked is not None and asked.phone_numbers is not None:
            return asked.phone_numbers
        return [number.e164 for number in self.view(session).numbers[index]]


def _changed_settings(session: Session, change: SessionChange) -> CallSettings:
    """The call settings once the change is made; who takes no calls of whom is no part of what they are set to."""
    settings = session.call_settings if change.call_settings is None else change.call_settings
    blocking = {index: index in session.call_settings.not_taken_by for index in range(len(session.sides))}
    blocking |= {index: each.blocks for index, each in change.participants.items() if each.blocks is not None}
    return replace(settings, not_taken_by=tuple(index for index, blocks in blocking.items() if blocks))
