"""Exhaustion in a store that counts a pool's numbers only after the transaction that found none of them free.

To count takes as long as the pool is large, and nobody else who writes shall wait for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from masking_core.allocation import Need
from masking_core.exhaustion import NumberFacts, PoolExhausted, exhaustion
from masking_core.pools import Pool
from masking_core.sessions import Session

_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class NoneFree:
    """No number of ``pool`` was free for the participant at ``side``; ``facts`` asks the store why."""

    pool: Pool
    side: int
    need: Need
    reserve: bool
    facts: Callable[[], Iterable[NumberFacts]]


def insisting(attempt: Callable[[], Session | NoneFree]) -> Session:
    """The session of the first attempt that finds numbers.

    Raises PoolExhausted with the count of all of them. Where that finds one that has come free meanwhile, the
    attempt is made again, so that the report is whole; for ever it is not, while others are faster.
    """
    for left in reversed(range(_ATTEMPTS)):
        outcome = attempt()
        if isinstance(outcome, Session):
            return outcome
        report = exhaustion(outcome.pool, outcome.side, outcome.need.home, outcome.facts(), reserve=outcome.reserve)
        if not left or sum(report.ruled_out.values()) == report.numbers:
            raise PoolExhausted(report)
    raise AssertionError("the last attempt returns or raises")
