"""How a session comes about and changes: from what is asked to what is stored, inside a store's transaction."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Final

from masking_core.allocation import Need, NumberSource, Placement, allocate, reallocate
from masking_core.errors import InvalidArgument, ParticipantRefused
from masking_core.instants import Instant
from masking_core.pools import Pool
from masking_core.sealed import LookupKey
from masking_core.sessions import Leg, Session, Side

VIRTUAL: Final = "is a virtual number of ours"
BLOCKED: Final = "is blocked by the operator"
"""Why a number may not take part."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A session to open: all of it but the proxy numbers, which the store allocates.

    ``draft`` has sides without legs. ``key_ids`` are the ring under which the needs were sealed.
    """

    draft: Session
    pool: Pool
    needs: tuple[Need, Need]
    key_ids: tuple[str, ...]

    def placed(self, source: NumberSource) -> Session:
        """The session on the numbers that ``source`` has for it. Raises as ``allocate`` does."""
        reserve, now = self.draft.reserved, self.draft.create_time
        first = allocate(source, self.pool, 0, self.needs[0], reserve=reserve)
        second = allocate(source, self.pool, 1, self.needs[1], reserve=reserve, other_side=first.number)
        sides = (_placed_side((), self.needs[0], first, now), _placed_side((), self.needs[1], second, now))
        return replace(self.draft, sides=sides)


@dataclass(frozen=True, slots=True)
class Revision:
    """A change to a running session.

    ``revised`` is the session as it shall be, one version on, with the sides as they were; a side
    whose real numbers change has a need. Its proxy number stays unless one of its new numbers is
    already in another session on it.
    """

    revised: Session
    pool: Pool
    needs: tuple[Need | None, Need | None]
    key_ids: tuple[str, ...]

    def placed(self, source: NumberSource) -> Session:
        """The session after the change, each side on the number it keeps or gets. Raises as ``allocate`` does."""
        first = self._placed_side(0, source, self.revised.sides[1].proxy)
        second = self._placed_side(1, source, first.proxy)
        return replace(self.revised, sides=(first, second))

    def _placed_side(self, index: int, source: NumberSource, other_side: str) -> Side:
        side, need = self.revised.sides[index], self.needs[index]
        if need is None:
            return side
        placement = reallocate(
            source, self.pool, index, side, need, reserve=self.revised.reserved, other_side=other_side
        )
        return _placed_side(side.legs, need, placement, self.revised.update_time)


def check_participants(
    needs: Sequence[Need | None], virtual: Container[LookupKey], blocked: Container[LookupKey]
) -> None:
    """Refuse the first participant's number that has one of these look-up keys.

    Raises InvalidArgument for a virtual number of ours, and ParticipantRefused for a blocked number.
    """
    for side, need in enumerate(needs):
        for position, caller in enumerate(need.callers if need is not None else ()):
            path = f"participants[{side}].phone_numbers[{position}]"
            if any(lookup in virtual for lookup in caller.lookups):
                raise InvalidArgument(path, VIRTUAL)
            if any(lookup in blocked for lookup in caller.lookups):
                raise ParticipantRefused(path, BLOCKED)


def _placed_side(before: tuple[Leg, ...], need: Need, placement: Placement, now: Instant) -> Side:
    """The need's numbers in force on the placement's number, and the legs before it ended."""
    current = tuple(Leg(caller, placement.number) for caller in need.callers)
    former = tuple(leg if leg.until is not None else replace(leg, until=now) for leg in before)
    return Side(need.label, placement.number, placement.reach, placement.early, current + former, need.pin)
