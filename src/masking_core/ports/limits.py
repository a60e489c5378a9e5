"""The port that counts calls which are put through, and what they cost.

The way of a callback asks it for a call that would be put through in a pool that has limits, and for
no other: such a call costs this second round trip. A pool without limits costs the look-up alone. The
look-up has to come first, since what is counted, and whether anything is, follows from the route.

Every count is exact, in every backend: the call is counted in the moment it is admitted, in the
store, atomically on each meter. In one slot of Redis lies one meter; a call is counted on all of its
meters at once and taken off again where one of them was full. So no meter ever counts more calls
than it allows, but for that moment one may refuse a call for another that is then refused too.
"""

from collections.abc import Sequence
from typing import Protocol

from masking_core.calls import Reason
from masking_core.instants import Instant
from masking_core.limits import Admission


class CallGuard(Protocol):
    """Counts calls, for all processes together."""

    def admit(self, admission: Admission) -> Reason | None:
        """Count a call on each of its meters, or on none and say why (``limits.refusal``). One round trip.

        A call that is counted already is admitted again and counted once, as long as it is
        remembered (``Meter.keep_until``). A crash of the store's server may undo counts of its last moments.
        """
        ...

    def would_refuse(self, admission: Admission) -> Reason | None:
        """What ``admit`` would say; counts nothing."""
        ...

    def end_call(self, call_id: str, subjects: Sequence[str], now: Instant) -> None:
        """A call goes on no longer, as far as meters of these subjects know it."""
        ...

    def forget_counted(self, subjects: Sequence[str]) -> None:
        """Forget all that was counted of these subjects."""
        ...

    def note_cost(self, purse: str, call_id: str, cost: int, now: Instant) -> None:
        """Have the purse count the call with this cost, in the place of what it counted for it before. Durable."""
        ...
