"""Drawn workloads for the tests of planning."""

from hypothesis import strategies as st

from masking_core.instants import SECOND, Instant
from masking_core.planning.workload import ExpectedSession

START: Instant = 1_800_000_000 * SECOND
PEOPLE = 6
COUNTRIES = ("FR", "GB")


def session(first: int, second: int, begin: int, length: int, *countries: str) -> ExpectedSession:
    """A session of two people, from so many seconds after the start on, and so many seconds long."""
    start = START + begin * SECOND
    here, there = (countries * 2)[:2] if countries else ("GB", "GB")
    return ExpectedSession(start, start + length * SECOND, (first, second), (here, there))


def _session(people: tuple[int, int], begin: int, length: int, countries: tuple[str, str]) -> ExpectedSession:
    return session(*people, begin, length, *countries)


def workloads(*countries: str, most: int = 25, people: int = PEOPLE) -> st.SearchStrategy[list[ExpectedSession]]:
    """Sessions by their start, in which everybody may be in any of the countries."""
    each = st.sampled_from(countries or COUNTRIES)
    drawn = st.builds(
        _session,
        st.tuples(st.integers(0, people - 1), st.integers(0, people - 1)).filter(lambda pair: pair[0] != pair[1]),
        st.integers(0, 20),
        st.integers(1, 12),
        st.tuples(each, each),
    )
    return st.lists(drawn, min_size=1, max_size=most).map(lambda found: sorted(found, key=lambda each: each.start))
