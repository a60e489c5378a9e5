"""Distinctness: as many numbers as one participant holds pairs at once.

A pair is a participant on a number, held from a session's start until its cool-off is over. Each
participant's number is chosen for itself, so the smallest pool that keeps every rule is the largest
number of pairs that any one participant holds at once: no fewer will do, for they must differ, and
with as many there is always one free. Where geography asks for a country's own numbers, the same
holds in each country by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from masking_core.instants import Duration, Instant
from masking_core.planning.workload import ExpectedSession, Participant

Holder = tuple[Participant, str]
"""A participant, and the country whose numbers it dials."""

Span = tuple[Instant, Instant]
"""From, and until just before."""


def pairs_held(sessions: Iterable[ExpectedSession], cool_off: Duration) -> dict[Holder, int]:
    """The most pairs that each participant holds at once, in each country."""
    spans: defaultdict[Holder, list[Span]] = defaultdict(list)
    for session in sessions:
        for holder in holders(session):
            spans[holder].append((session.start, session.end + cool_off))
    return {holder: most_at_once(held) for holder, held in spans.items()}


def holders(session: ExpectedSession) -> tuple[Holder, Holder]:
    """The two who hold a pair through a session."""
    (first, second), (here, there) = session.participants, session.countries
    return (first, here), (second, there)


def most_at_once(spans: Iterable[Span]) -> int:
    """The most spans that overlap at any moment; one that ends when another begins does not."""
    steps = sorted(step for start, end in spans for step in ((start, 1), (end, -1)))
    most = running = 0
    for _, change in steps:
        running += change
        most = max(most, running)
    return most


def distinct_numbers(held: Mapping[Holder, int]) -> dict[str, int]:
    """The numbers that each country takes, given the pairs held."""
    numbers: dict[str, int] = {}
    for (_, country), most in held.items():
        numbers[country] = max(numbers.get(country, 0), most)
    return numbers


def crowded(held: Mapping[Holder, int], country: str, numbers: int) -> set[Participant]:
    """Who holds more pairs of a country at once than it has numbers."""
    return {participant for (participant, where), most in held.items() if where == country and most > numbers}


def with_any_of(sessions: Iterable[ExpectedSession], participants: AbstractSet[Participant]) -> list[ExpectedSession]:
    """The sessions that any of these participants is in.

    Of the crowded ones, they are all that a shortage can touch: whether a participant finds a number
    depends on its own pairs alone, and the others never hold as many as there are numbers.
    """
    return [session for session in sessions if any(each in participants for each in session.participants)]
