"""The ports that keep pools and their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from masking_core.instants import Instant
from masking_core.pools import NumberState, Pool, PoolUsage, VirtualNumber
from masking_core.sealed import LookupKey


class PoolStore(Protocol):
    """Keeps pools."""

    def create_pool(self, pool: Pool) -> None:
        """Store a new pool. Raises AlreadyExists for a name that is taken."""
        ...

    def update_pool(self, pool: Pool) -> None:
        """Store a changed pool. Raises NotFound, and Conflict unless its version is one above the stored."""
        ...

    def get_pool(self, name: str) -> Pool | None:
        """The pool, or None."""
        ...

    def list_pools(self, after: str, limit: int) -> Sequence[Pool]:
        """At most ``limit`` pools by name, beginning after the name ``after``."""
        ...

    def pool_usage(self, name: str, now: Instant) -> PoolUsage | None:
        """How the pool stands at ``now``, every expired session considered; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number to add; ``lookups`` are its look-up keys, for nobody's real number may be ours."""

    number: str
    country: str
    area: str
    voice: bool
    sms: bool
    lookups: tuple[LookupKey, ...]


@dataclass(frozen=True, slots=True)
class NumberQuery:
    """Which numbers to list, by number. Empty members do not filter; ``after`` was seen already."""

    pool: str = ""
    state: NumberState | None = None
    country: str = ""
    after: str = ""
    limit: int = 50


class NumberStore(Protocol):
    """Keeps virtual numbers."""

    def add_numbers(
        self, pool: str, numbers: Sequence[NewNumber], key_ids: Sequence[str], now: Instant
    ) -> Sequence[VirtualNumber]:
        """Put numbers into service in a pool: all of them, or none when an error is raised.

        A number that is in the pool already takes the facts given, and a draining one returns to
        service. Raises NotFound for the pool, AlreadyExists when another pool has one of them,
        NumberInUse when one is a participant's number in a running session, KeysChanged.
        """
        ...

    def drain_numbers(self, numbers: Sequence[str]) -> Sequence[VirtualNumber]:
        """Give these numbers no new sessions; all or none. Raises NotFound for one that is not there."""
        ...

    def remove_numbers(self, numbers: Sequence[str], now: Instant) -> None:
        """Remove numbers that no remembered route holds; all or none.

        Raises NotFound, and NumberInUse naming the first that still has sessions or remembered routes.
        """
        ...

    def get_number(self, number: str) -> VirtualNumber | None:
        """The number, or None."""
        ...

    def list_numbers(self, query: NumberQuery) -> Sequence[VirtualNumber]:
        """At most ``query.limit`` numbers in the order of their digits, after ``query.after``."""
        ...
