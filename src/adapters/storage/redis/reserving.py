"""What opening and changing a session have in common, in Redis: all is reserved, or it is tried again."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.connections import longest_wait
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import TOKEN_LENGTH, pack_id
from adapters.storage.redis.route_packing import BLOCKED, VIRTUAL
from adapters.storage.redis.source import RedisSource
from adapters.storage.redis.transactions import Transactions
from masking_core.allocation import Need
from masking_core.errors import NumberNotAvailable, StoreUnavailable
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import Instant
from masking_core.opening import Opening, Revision, check_participants
from masking_core.sealed import LookupKey
from masking_core.sessions import Session

_EVERY = -1
_PATIENCE = 10.0
_PAUSE = 0.002
_LONGEST_PAUSE = 0.05
TAKES_PART, IS_KNOWN = 1, 0

_pack = msgspec.msgpack.Encoder().encode
_Result = TypeVar("_Result")

Pair = tuple[LookupKey, str]
"""A caller, and the digits of a number it dials."""


class TryAgain(Exception):  # no error: somebody else was faster
    """Somebody else took what was to be reserved, or changed what was read."""


class Reserving:
    """What reserves, and chooses what to reserve."""

    _link: Link
    _names: Names
    _transactions: Transactions

    def _reservation(
        self, session: Session, lease: bytes, take: Sequence[str], hold: Sequence[str], leave: Sequence[str]
    ) -> Command:
        return script(
            "pool/reserve",
            self._names.pool_keys(session.pool, lease),
            lease,
            pack_id(session.session_id),
            int(session.reserved),
            _pack((take, hold, leave)),
        )

    def _leases(
        self, pairs: Sequence[Pair], lease: bytes, latest: Instant, takes_part: int = TAKES_PART
    ) -> list[Command]:
        session = lease[TOKEN_LENGTH:]
        return [
            script("caller/lease", (self._names.caller(caller),), latest, session, lease, digits, takes_part, once=True)
            for caller, digits in pairs
        ]

    def _placed(self, change: Opening | Revision, session: Session, now: Instant, source: RedisSource) -> Session:
        """Allocate; where nothing is found, once more when all that stands in the way for no good reason is gone."""
        try:
            return change.placed(source)
        except (PoolExhausted, NumberNotAvailable):
            self._transactions.give_up(source.leases)
            self._transactions.overcome_all(patient=True)
            self._transactions.unload_due(change.pool.name, now, _EVERY)
        return change.placed(RedisSource(self._link, self._names, change.pool, session, now))


def until_decided(attempt: Callable[[], _Result]) -> _Result:
    """Try again while others are faster, as long as the caller waits."""
    end, pause = time.monotonic() + longest_wait(_PATIENCE), _PAUSE
    while True:
        try:
            return attempt()
        except TryAgain:
            if time.monotonic() > end:
                raise StoreUnavailable("others change the same sessions all the time") from None
            time.sleep(random.uniform(0, pause))  # noqa: S311 # only keeps two from colliding again
            pause = min(2 * pause, _LONGEST_PAUSE)


def marks_of(names: Names, lookups: Sequence[LookupKey]) -> list[Command]:
    """What asks of each look-up key whether it is one of a virtual number or of a blocked one."""
    return [command("HMGET", names.caller(lookup), VIRTUAL, BLOCKED) for lookup in lookups]


def check_marks(needs: Sequence[Need | None], lookups: Sequence[LookupKey], marks: Sequence[Any]) -> None:
    """Refuse who may not take part, as ``check_participants`` does, by the replies to ``marks_of``."""
    virtual, blocked = (
        {lookup for lookup, found in zip(lookups, marks, strict=True) if found[kind] is not None} for kind in (0, 1)
    )
    check_participants(needs, virtual, blocked)
