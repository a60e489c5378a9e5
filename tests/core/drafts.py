"""Made-up pools, people, sessions and numbers for the tests of the rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from masking_core.allocation import WINDOW, Candidate, Need, Search
from masking_core.exhaustion import NumberFacts
from masking_core.home import Home
from masking_core.instants import HOUR, SECOND, Instant
from masking_core.pools import Geography, NumberState, Pool, PoolPolicy
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.sessions import Leg, Session, Side

NOW: Instant = 1_800_000_000 * SECOND
LONDON = Home("GB", "20")
MOBILE = Home("GB", "")
POOL = "ride-uk"
VIRTUAL = ("+442079460000", "+442079460001", "+442079460002")


def pool(**policy: Any) -> Pool:
    return Pool(POOL, PoolPolicy(**policy), NOW, NOW)


def caller(name: str, keys: int = 1) -> Caller:
    """A number as a store knows it, under so many keys."""
    return Caller(Sealed(f"sealed {name}".encode()), tuple(LookupKey(f"{name} {key}".encode()) for key in range(keys)))


def need(*names: str, home: Home = LONDON, label: str = "", wanted: str = "") -> Need:
    return Need(tuple(caller(name) for name in names), label, home, wanted)


def side(proxy: str, *names: str, former: tuple[Leg, ...] = (), label: str = "") -> Side:
    current = tuple(Leg(caller(name), proxy) for name in names)
    return Side(label, proxy, Geography.NONE, reused_early=False, legs=current + former)


def session(first: Side, second: Side, **members: Any) -> Session:
    return Session(
        **{
            "session_id": "s1",
            "pool": POOL,
            "sides": (first, second),
            "create_time": NOW,
            "update_time": NOW,
            "expire_time": NOW + HOUR,
            **members,
        }
    )


def facts(**members: Any) -> NumberFacts:
    """The facts of a London number that is idle, or of so many."""
    return NumberFacts(
        **{
            "state": NumberState.IN_SERVICE,
            "voice": True,
            "country": "GB",
            "area": "20",
            "reserved": False,
            "in_use": False,
            "occupied": False,
            "cooling": False,
            **members,
        }
    )


@dataclass(frozen=True)
class Listed:
    """A source of numbers that is a plain list; ``occupied`` names who has a session on which number."""

    numbers: dict[str, tuple[NumberFacts, int]]
    occupied: frozenset[tuple[str, str]] = frozenset()

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        found = [
            Candidate(number, load)
            for number, (_, load) in self.numbers.items()
            if accepts(search, self.describe(number, need))
        ]
        return sorted(found, key=lambda candidate: candidate.load)[:WINDOW]

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        if number not in self.numbers:
            return None
        known = self.numbers[number][0]
        taken = any((each.lookups[0].decode(), number) in self.occupied for each in need.callers)
        return facts(**{name: getattr(known, name) for name in known.__slots__} | {"occupied": taken})

    def facts(self, need: Need) -> Iterable[NumberFacts]:
        return [found for number in self.numbers if (found := self.describe(number, need)) is not None]


def accepts(search: Search, number: NumberFacts | None) -> bool:
    """Whether a number is a candidate of a search, by the words of ``NumberSource``."""
    return (
        number is not None
        and number.state is NumberState.IN_SERVICE
        and number.voice
        and not number.reserved
        and not number.occupied
        and (search.reach < Geography.COUNTRY or number.country == search.country)
        and (search.reach < Geography.AREA or number.area == search.area)
        and number.cooling == search.early
    )
