"""Sessions as planning sees them: who is in them, from when to when, and from which country."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from masking_core.instants import Instant

Participant = int
"""Somebody, by an index that means nothing outside a plan: no number is kept."""

ANYWHERE = ""
"""The country of every participant where numbers may lie anywhere."""


@dataclass(frozen=True, slots=True)
class ExpectedSession:
    """A session that was, or is expected: active at ``t`` when ``start <= t < end``.

    ``countries`` are those in which the participants' numbers should lie, ISO 3166-1 alpha-2.
    """

    start: Instant
    end: Instant
    participants: tuple[Participant, Participant]
    countries: tuple[str, str]


def anywhere(sessions: Iterable[ExpectedSession]) -> Iterator[ExpectedSession]:
    """The sessions for a pool without geography, in which every number will do."""
    return (replace(session, countries=(ANYWHERE, ANYWHERE)) for session in sessions)


def countries_of(sessions: Iterable[ExpectedSession]) -> tuple[str, ...]:
    """The countries that participants come from, in order."""
    return tuple(sorted({country for session in sessions for country in session.countries}))
