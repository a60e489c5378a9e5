"""What moves from one store to another: everything that a later answer depends on, sealed as it is."""

from collections.abc import Collection
from dataclasses import dataclass

from masking_core.instants import Instant
from masking_core.pins import NumberTries
from masking_core.pools import VirtualNumber
from masking_core.ports.calls import CountedHour
from masking_core.sealed import LookupKey, Sealed
from masking_core.sessions import Session, routes_of
from masking_core.webhooks import WebhookSeen

Pair = tuple[LookupKey, str]
"""A caller, and a number it dials."""


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """A virtual number with what only its store knows of it.

    ``lookups`` are its look-up keys, in the order of their bytes. ``turn`` grows whenever the number
    is taken or given back: of equally loaded numbers, the one with the lowest is offered first.
    ``tries`` are those of PINs that it counts, lest moving it open a lock; None where none were
    counted, or they are forgotten.
    """

    number: VirtualNumber
    lookups: tuple[LookupKey, ...]
    turn: int
    tries: NumberTries | None = None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with what only its store knows of it.

    ``counts`` says that it still counts on its numbers, as one does that expired and was not swept up.
    ``lost`` are those of its pairs that do not lead to it, because a later session took them, in order.
    """

    session: Session
    counts: bool
    lost: tuple[Pair, ...] = ()


def stored_session(session: Session, owned: Collection[Pair], *, counts: bool) -> StoredSession:
    """The session as it moves; ``owned`` are the pairs that lead to it."""
    pairs = sorted((entry.caller, entry.dialled) for entry in routes_of(session))
    return StoredSession(session, counts, tuple(pair for pair in pairs if pair not in owned))


@dataclass(frozen=True, slots=True)
class StoredHour:
    """One hour of a pool, or of none for the empty name.

    Its version goes on from where it was: counts of it stay fresh, or stale, as they were, and an
    hour whose calls are forgotten keeps them.
    """

    pool: str
    hour: CountedHour

    @property
    def name(self) -> str:
        """What tells it from every other."""
        return f"{self.pool}/{self.hour.begin}"


def named_hour(name: str) -> tuple[str, Instant]:
    """The pool and the beginning of the hour with this name."""
    pool, _, begin = name.partition("/")
    return pool, int(begin)


@dataclass(frozen=True, slots=True)
class StoredWebhooks:
    """All that a store knows of webhooks: the sealed credentials, if there are any, and when each was seen last."""

    credentials: Sealed | None
    seen: tuple[WebhookSeen, ...]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record that is sealed whole, and its name."""

    name: str
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class CopyMark:
    """Says that what a store holds was copied from the store ``source``, and whether that was finished."""

    source: str
    finished: bool
