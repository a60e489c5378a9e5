"""The one port on the way of a callback."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.matching import RouteMatch
from masking_core.sealed import LookupKey


class RouteStore(Protocol):
    """Finds who is meant."""

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        """The pool that holds ``dialled``, the caller's latest route on it, and whether the caller is blocked.

        One round trip. ``callers`` are the look-up keys of one real number, or none for a withheld one. None when
        no pool holds the number; a match without a route when no session, running or remembered,
        has it. A route's fixed caller ID that is no virtual number of ours any more is left out of its
        call settings (``CallSettings.without_fixed_caller_id``). Nothing is cached: what another
        process was acknowledged before counts.
        """
        ...
