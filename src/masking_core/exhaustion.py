"""Exhaustion: which rule rules which number out, and the report of a pool that has none left."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from masking_core.errors import MaskingError
from masking_core.home import Home
from masking_core.pools import Geography, NumberState, Pool, PoolPolicy


class Rule(StrEnum):
    """The rules that can rule a number out, in the order they are counted."""

    NOT_IN_SERVICE = "NOT_IN_SERVICE"
    NO_VOICE = "NO_VOICE"
    RESERVED = "RESERVED"
    IN_USE_BY_PARTICIPANT = "IN_USE_BY_PARTICIPANT"
    IN_USE = "IN_USE"
    GEOGRAPHY = "GEOGRAPHY"
    COOLING_OFF = "COOLING_OFF"


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What the rules ask of a number, for one participant; ``count`` numbers share these facts.

    ``reserved``: another session has it alone. ``in_use``: it has any active session. ``occupied``:
    one of this participant's. ``cooling``: the pair's last session ended less than the cool-off ago.
    """

    state: NumberState
    voice: bool
    country: str
    area: str
    reserved: bool
    in_use: bool
    occupied: bool
    cooling: bool
    count: int = 1


def ruled_out_by(facts: NumberFacts, home: Home, policy: PoolPolicy, *, reserve: bool) -> Rule | None:
    """The first rule that the number fails for a participant at ``home``, or None if it would do."""
    failures = (
        (facts.state is not NumberState.IN_SERVICE, Rule.NOT_IN_SERVICE),
        (not facts.voice, Rule.NO_VOICE),
        (facts.reserved, Rule.RESERVED),
        (facts.occupied, Rule.IN_USE_BY_PARTICIPANT),
        (reserve and facts.in_use, Rule.IN_USE),
        (not _near_enough(facts, home, policy), Rule.GEOGRAPHY),
        (facts.cooling and not policy.reuse_early, Rule.COOLING_OFF),
    )
    return next((rule for failed, rule in failures if failed), None)


def _near_enough(facts: NumberFacts, home: Home, policy: PoolPolicy) -> bool:
    if not policy.strict_geography or policy.geography is Geography.NONE:
        return True
    same_country = facts.country == home.country
    if policy.geography is Geography.COUNTRY or not home.area:
        return same_country
    return same_country and facts.area == home.area


def reach_of(facts: NumberFacts, home: Home, policy: PoolPolicy) -> Geography:
    """How near a number lies to ``home``, as far as the policy asks."""
    if facts.country != home.country:
        return Geography.NONE
    if home.area and facts.area == home.area:
        return min(Geography.AREA, policy.geography)
    return min(Geography.COUNTRY, policy.geography)


_HELP = {
    Rule.NOT_IN_SERVICE: "put draining numbers back into service",
    Rule.NO_VOICE: "add numbers that carry voice",
    Rule.RESERVED: "close sessions that reserve their numbers, or open fewer of them",
    Rule.IN_USE: "ask without reserve_numbers, or add numbers",
    Rule.IN_USE_BY_PARTICIPANT: "close sessions of this participant, or add numbers to the pool",
    Rule.GEOGRAPHY: "add numbers of the participant's country or area, or allow geography to widen",
    Rule.COOLING_OFF: "shorten the pool's cool-off, or allow early reuse",
}


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """Why no number of ``pool`` will do for the participant at ``side``.

    ``ruled_out`` counts each of the pool's ``numbers`` under the first rule it fails, and ``help``
    says what would change that, the rule that costs most numbers first.
    """

    pool: str
    side: int
    numbers: int
    ruled_out: dict[Rule, int]
    help: tuple[str, ...]


class PoolExhausted(MaskingError):
    """No number of the pool satisfies the rules for one of the participants."""

    reason = "POOL_EXHAUSTED"

    def __init__(self, exhaustion: Exhaustion) -> None:
        """Tell the report in one sentence."""
        counts = ", ".join(f"{rule} {count}" for rule, count in exhaustion.ruled_out.items()) or "the pool is empty"
        super().__init__(
            f"no number of pool {exhaustion.pool} is free for participants[{exhaustion.side}]: "
            f"{exhaustion.numbers} numbers, ruled out: {counts}. What would help: {'; '.join(exhaustion.help)}"
        )
        self.exhaustion = exhaustion


def exhaustion(pool: Pool, side: int, home: Home, facts: Iterable[NumberFacts], *, reserve: bool) -> Exhaustion:
    """Count every number of the pool under the first rule that rules it out."""
    counts: Counter[Rule] = Counter()
    numbers = 0
    for group in facts:
        numbers += group.count
        rule = ruled_out_by(group, home, pool.policy, reserve=reserve)
        if rule is not None:
            counts[rule] += group.count
    ordered = dict(sorted(counts.items(), key=lambda item: -item[1]))
    return Exhaustion(
        pool.name, side, numbers, ordered, tuple(_HELP[rule] for rule in ordered) or ("add numbers to the pool",)
    )
