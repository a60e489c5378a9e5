"""Allocation: which virtual number a participant dials.

The rules are here once; a store brings the candidates in the order asked for and makes the choice
stick. Searches go from the best to the last acceptable: nearer before farther, and only after all
of them pairs whose cool-off is not over, because a late call that reaches a stranger is worse than
a number from elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from masking_core.errors import NumberNotAvailable
from masking_core.exhaustion import NumberFacts, PoolExhausted, exhaustion, reach_of, ruled_out_by
from masking_core.home import Home
from masking_core.instants import Instant
from masking_core.phone_number import redact
from masking_core.pools import Geography, Pool, PoolPolicy
from masking_core.sealed import Caller, LookupKey
from masking_core.sessions import Side

WINDOW = 8
"""How many candidates a store brings for one search; the choice among them is exact."""


@dataclass(frozen=True, slots=True)
class Need:
    """One participant who needs a proxy number; ``wanted`` asks for one by name, or is empty.

    A ``pin`` must be free on the number like the participant's real numbers.
    """

    callers: tuple[Caller, ...]
    label: str
    home: Home
    wanted: str = ""
    pin: Caller | None = None

    def lookups(self) -> tuple[LookupKey, ...]:
        """Every look-up key of every number, and of the PIN."""
        known = self.callers if self.pin is None else (*self.callers, self.pin)
        return tuple(lookup for caller in known for lookup in caller.lookups)


@dataclass(frozen=True, slots=True)
class Search:
    """What the candidates of one search must satisfy beside being free for the participant.

    ``country`` and ``area`` bind where ``reach`` says so. ``early`` looks at the pairs whose
    cool-off is not over, and at them alone.
    """

    reach: Geography
    country: str
    area: str
    early: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible number. ``last_used`` is when the participant's last session on it ended, or None."""

    number: str
    load: int
    last_used: Instant | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """The number chosen for one participant, how near it lies, and whether its pair was reused early."""

    number: str
    reach: Geography
    early: bool


def searches(policy: PoolPolicy, home: Home) -> Iterator[Search]:
    """The searches that a pool's policy allows, the best first."""
    nearest = policy.geography if home.area or policy.geography < Geography.AREA else Geography.COUNTRY
    farthest = policy.geography if policy.strict_geography else Geography.NONE
    for early in (False, True) if policy.reuse_early and policy.cool_off else (False,):
        for reach in range(nearest, min(nearest, farthest) - 1, -1):
            yield Search(Geography(reach), home.country, home.area, early)


def choose(candidates: Sequence[Candidate], search: Search, other_side: str = "") -> Candidate | None:
    """The best of the candidates, given the least loaded first; None when there is none.

    The least loaded, so that load spreads evenly, and of those the pair longest unused. Among
    pairs that still cool off the longest unused comes first whatever its load. ``other_side`` is
    the number just chosen for the other participant, which this session already loads.
    """
    return min(candidates, key=lambda candidate: _preference(candidate, search, other_side), default=None)


def _preference(candidate: Candidate, search: Search, other_side: str) -> tuple[int, int]:
    load = candidate.load + (candidate.number == other_side)
    unused_since = -1 if candidate.last_used is None else candidate.last_used
    return (unused_since, load) if search.early else (load, unused_since)


class NumberSource(Protocol):
    """What a store brings to an allocation, all of it seen at one moment.

    A source serves the allocation of one session, whose own routes and reservations it leaves out
    of account. A number is free for a need when no active session routes any of the need's look-up
    keys on it. One session may give its two participants the same number.
    """

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        """Up to ``WINDOW`` numbers that are in service, carry voice, are unreserved, free and not cooling off.

        The least loaded first; where the session reserves, idle numbers alone. For an early
        search, the pairs that are cooling off instead, the longest unused first.
        """
        ...

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        """The facts of one number of the pool, or None when the pool does not hold it."""
        ...

    def facts(self, need: Need) -> Iterable[NumberFacts]:
        """The facts of every number of the pool, in groups; asked when no candidate was found."""
        ...


def allocate(
    source: NumberSource, pool: Pool, side: int, need: Need, *, reserve: bool, other_side: str = ""
) -> Placement:
    """The number that the participant at ``side`` gets. Raises PoolExhausted and NumberNotAvailable."""
    if need.wanted:
        return _named(source, pool, side, need, reserve=reserve)
    for search in searches(pool.policy, need.home):
        best = choose(source.candidates(need, search), search, other_side)
        if best is not None:
            return Placement(best.number, search.reach, search.early)
    raise PoolExhausted(exhaustion(pool, side, need.home, source.facts(need), reserve=reserve))


def reallocate(
    source: NumberSource, pool: Pool, index: int, side: Side, need: Need, *, reserve: bool, other_side: str
) -> Placement:
    """The number of a participant whose real numbers change: its own, unless that breaks a rule for a new one.

    It does where one of them is in another session on it, or cools off on it and may not be reused early.
    """
    facts = source.describe(side.proxy, need)
    if facts is not None and not facts.occupied and (pool.policy.reuse_early or not facts.cooling):
        return Placement(side.proxy, side.reach, side.reused_early or facts.cooling)
    return allocate(source, pool, index, need, reserve=reserve, other_side=other_side)


def _named(source: NumberSource, pool: Pool, side: int, need: Need, *, reserve: bool) -> Placement:
    facts = source.describe(need.wanted, need)
    if facts is None:
        # No number of ours, and so perhaps somebody's, given by mistake.
        raise NumberNotAvailable(redact(need.wanted), side, "NOT_IN_POOL")
    rule = ruled_out_by(facts, need.home, pool.policy, reserve=reserve)
    if rule is not None:
        raise NumberNotAvailable(need.wanted, side, rule)
    return Placement(need.wanted, reach_of(facts, need.home, pool.policy), facts.cooling)
