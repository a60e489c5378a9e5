"""The ports by which all that a store holds moves to another store, whatever backends the two are of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeVar

from masking_core.audit import AuditLine
from masking_core.blocks import Block
from masking_core.call_records import CallRecord
from masking_core.calls import StatusReport
from masking_core.instants import Instant
from masking_core.moving import CopyMark, StoredHour, StoredNumber, StoredRecord, StoredSession, StoredWebhooks
from masking_core.pools import Pool

Record = TypeVar("Record")


class Shelf(Protocol[Record]):
    """Every record of one kind in one store, each under an id that is the same in every store.

    Ids are names of pools, numbers, ids of sessions, calls and blocks, digests of reports in hexadecimal, and
    names of hours and of sealed records; the record of webhooks is the only one of its kind, and lines
    of the audit have the id that ``line_id`` gives them.
    """

    def count(self) -> int:
        """How many records there are."""
        ...

    def page(self, after: str, limit: int) -> Mapping[str, Record]:
        """At most ``limit`` records by id, beginning after the id ``after``, or with the first where it is empty.

        The order is the store's own, and the same every time: records that come or go meanwhile
        move no other to an earlier or a later page.
        """
        ...

    def get(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Those of the records that are there, by id."""
        ...

    def put(self, records: Sequence[Record], now: Instant) -> None:
        """Store records as they are, each in the place of what is known under its id; twice has the effect of once.

        They are stored as told, though they contradict others: numbers with their load,
        reservation and locks, sessions without a look at numbers, each pair that a session has not
        lost led to that session, calls without a word to watchers, and hours at the version told.
        Numbers and sessions of a pool that is not there are left out. ``now`` is for stores in
        which records vanish by themselves. Nobody uses the store meanwhile.
        """
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Remove records and what leads to them, though others refer to them; one that is gone stays so."""
        ...


@dataclass(frozen=True, slots=True)
class Shelves:
    """A shelf for each kind of record, in the order of writing: what others refer to comes first."""

    pools: Shelf[Pool]
    numbers: Shelf[StoredNumber]
    sessions: Shelf[StoredSession]
    reports: Shelf[StatusReport]
    calls: Shelf[CallRecord]
    hours: Shelf[StoredHour]
    webhooks: Shelf[StoredWebhooks]
    blocks: Shelf[Block]
    records: Shelf[StoredRecord]
    audit: Shelf[AuditLine]

    def of(self, kind: str) -> Shelf[Any]:
        """The shelf of a kind, which is the name of its member."""
        shelf: Shelf[Any] = getattr(self, kind)
        return shelf


KINDS = tuple(each.name for each in fields(Shelves))
"""The kinds of records, in the order of writing. A new kind is a member of ``Shelves`` and a shelf in each backend."""


class MovingStore(Protocol):
    """The part of a store that everything can be copied out of and into."""

    def store_id(self) -> str:
        """The name that the store was given when it was made, which no other store has."""
        ...

    def is_new(self) -> bool:
        """Whether nothing is there at all, not even a schema. Makes nothing."""
        ...

    def shelves(self) -> Shelves:
        """All that is stored but the keys, the events, what is counted for limits, and the tries of single calls.

        Events stay behind because a watcher's token is worth nothing in another store, and a call
        that is on its way to a PIN may begin anew: what guards the number against guessing moves with it.
        Limits and budgets begin anew: most of what is counted for them is over within minutes.
        """
        ...

    def copy_mark(self) -> CopyMark | None:
        """Where the records were copied from; None in a store that is in use, or was never copied into."""
        ...

    def set_copy_mark(self, expected: CopyMark | None, mark: CopyMark | None) -> None:
        """Replace the mark. Raises Conflict unless it is ``expected`` now. Durable."""
        ...
