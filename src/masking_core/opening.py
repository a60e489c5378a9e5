"""How a session comes about and changes: pure steps between what is asked and what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from masking_core.allocation import Need, Placement
from masking_core.instants import Instant
from masking_core.pools import Pool
from masking_core.sessions import Leg, Session, Side


@dataclass(frozen=True, slots=True)
class Opening:
    """A session to open: all of it but the proxy numbers, which the store allocates.

    ``draft`` has sides without legs. ``key_ids`` are the ring under which the needs were sealed.
    """

    draft: Session
    pool: Pool
    needs: tuple[Need, Need]
    key_ids: tuple[str, ...]

    def placed(self, placements: tuple[Placement, Placement]) -> Session:
        """The session on the numbers chosen for it."""
        first, second = (
            _placed_side(need.label, (), need, placement, self.draft.create_time)
            for need, placement in zip(self.needs, placements, strict=True)
        )
        return replace(self.draft, sides=(first, second))


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

    def placed(self, placements: Sequence[Placement | None]) -> Session:
        """The session after the change, each changed side on the number it keeps or got."""
        session = self.revised
        first, second = (
            side if need is None or placement is None else _placed_side(need.label, side.legs, need, placement, session.update_time)
            for side, need, placement in zip(session.sides, self.needs, placements, strict=True)
        )
        return replace(session, sides=(first, second))


def kept_placement(side: Side) -> Placement:
    """The placement of a side that keeps its number."""
    return Placement(side.proxy, side.reach, side.reused_early)


def _placed_side(label: str, before: tuple[Leg, ...], need: Need, placement: Placement, now: Instant) -> Side:
    """The need's numbers in force on the placement's number, and the legs before it ended."""
    current = tuple(Leg(caller, placement.number) for caller in need.callers)
    former = tuple(leg if leg.until is not None else replace(leg, until=now) for leg in before)
    return Side(label, placement.number, placement.reach, placement.early, current + former)
