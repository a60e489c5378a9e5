"""The sessions that a store remembers, as planning sees them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from masking_core.instants import Instant
from masking_core.planning.workload import ANYWHERE, ExpectedSession, Participant
from masking_core.ports.keys import Vault
from masking_core.ports.numbering import NumberingPlan
from masking_core.ports.sessions import SessionStore
from masking_core.sealed import LookupKey, side_place
from masking_core.sessions import Session, SessionQuery, Side

_PAGE = 500

Progress = Callable[[int], None]
"""Told how many sessions are read."""

CountryOf = Callable[[Session, int], str]
"""The country of a session's participant, by the index of its side."""


def country_by(vault: Vault, plan: NumberingPlan) -> CountryOf:
    """The country that a participant's first number belongs to. It raises SealBroken under another ring of keys."""

    def country_of(session: Session, side: int) -> str:
        sealed = session.sides[side].current[0].caller.sealed
        return plan.describe(vault.unseal(sealed, side_place(session.session_id, side)).e164).country

    return country_of


def nowhere(_session: Session, _side: int) -> str:
    """No country, where none is asked for and no key needs to be at hand."""
    return ANYWHERE


@dataclass(frozen=True, slots=True)
class History:
    """The sessions by their start, and how many of them had numbers that were theirs alone."""

    sessions: list[ExpectedSession]
    reserved: int


def history_of(
    store: SessionStore, pool: str, now: Instant, country_of: CountryOf, progress: Progress = lambda _: None
) -> History:
    """The sessions of a pool that the store remembers, running ones up to ``now``.

    Whoever shares a real number is taken for one participant, and is one from a session's start to
    its end whichever numbers it had meanwhile. Openings that were refused left no trace.
    """
    known = _Known()
    found: list[ExpectedSession] = []
    reserved = 0
    for session in _pages(store, pool, now):
        first, second = (known.participant(_lookups(side)) for side in session.sides)
        end = max(min(session.end_time, now), session.create_time + 1)
        countries = country_of(session, 0), country_of(session, 1)
        found.append(ExpectedSession(session.create_time, end, (first, second), countries))
        reserved += session.reserved
        if len(found) % _PAGE == 0:
            progress(len(found))
    progress(len(found))
    by_start = sorted(found, key=lambda session: session.start)
    return History([replace(each, participants=known.ones(each.participants)) for each in by_start], reserved)


def _pages(store: SessionStore, pool: str, now: Instant) -> Iterator[Session]:
    after = ""
    while page := store.list_sessions(SessionQuery(pool=pool, after=after, limit=_PAGE), now):
        yield from page
        after = page[-1].session_id


def _lookups(side: Side) -> Iterator[LookupKey]:
    return (lookup for leg in side.legs for lookup in leg.caller.lookups)


class _Known:
    """Who is who: real numbers that were one participant's together are one participant's for good."""

    def __init__(self) -> None:
        self._of: dict[LookupKey, Participant] = {}
        self._same_as: list[Participant] = []

    def participant(self, lookups: Iterable[LookupKey]) -> Participant:
        numbers = list(lookups)
        met = {self._one(self._of[lookup]) for lookup in numbers if lookup in self._of}
        if not met:
            met = {len(self._same_as)}
            self._same_as.append(len(self._same_as))
        chosen = min(met)
        for other in met:
            self._same_as[other] = chosen
        self._of.update(dict.fromkeys(numbers, chosen))
        return chosen

    def ones(self, participants: tuple[Participant, Participant]) -> tuple[Participant, Participant]:
        """The two as whom these turned out to be."""
        first, second = participants
        return self._one(first), self._one(second)

    def _one(self, participant: Participant) -> Participant:
        while self._same_as[participant] != participant:
            participant = self._same_as[participant]
        return participant
