"""How hours are counted once and remembered, whoever asks for them, on every backend."""

from collections.abc import Callable, Sequence

import pytest

from masking_core.call_counts import CallFigures
from masking_core.call_records import CallQuery, hour_of
from masking_core.errors import StoreUnavailable
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.services.call_summaries import SummaryRequest
from support.callers import decided, record, reported
from support.world import POOL, START, World

FIRST = hour_of(START)
HOURS = 60
LONG = SummaryRequest(FIRST, FIRST + HOURS * HOUR)


def look_over_the_shoulder(world: World, seen: Callable[[CallQuery], None]) -> None:
    """Have every reading of calls told before it is done."""
    list_figures = world.store.list_figures

    def listing(query: CallQuery) -> Sequence[CallFigures]:
        seen(query)
        return list_figures(query)

    world.store.list_figures = listing  # type: ignore[method-assign]


def test_a_first_look_at_many_hours_that_is_cut_short_is_carried_on_by_the_next(world: World) -> None:
    world.pool()
    record(world, *(decided(world, f"c{index:02}", FIRST + index * HOUR) for index in range(HOURS)))
    read: list[int] = []

    def away_after_fifty(query: CallQuery) -> None:
        read.append(query.begin)
        if len(read) == 50:
            raise StoreUnavailable("for a moment")

    look_over_the_shoulder(world, away_after_fifty)
    with pytest.raises(StoreUnavailable):
        world.summaries.summarize(LONG)
    assert world.summaries.summarize(LONG).total.calls == HOURS
    # What was left of the first day was remembered, and the whole day after it; the fiftieth hour is in the third.
    first_of_third = (FIRST // DAY + 2) * DAY
    assert read[50:] == list(range(first_of_third, LONG.end, HOUR))
    assert world.summaries.summarize(LONG).total.calls == HOURS
    assert len(read) == 50 + (LONG.end - first_of_third) // HOUR


def test_an_hour_is_counted_once_wherever_a_look_begins(world: World) -> None:
    """Each call goes on into the next hour, so that what was carried into an hour depends on the one before."""
    world.pool()
    for index in range(HOURS):
        time = FIRST + index * HOUR + HOUR - SECOND
        record(world, decided(world, f"c{index:02}", time), reported(f"c{index:02}", time, inbound_seconds=60))
    world.summaries.summarize(LONG)
    read: list[CallQuery] = []
    look_over_the_shoulder(world, read.append)
    for first in (0, 1, 24, 25, 30, HOURS - 1):
        summary = world.summaries.summarize(SummaryRequest(FIRST + first * HOUR, LONG.end, (POOL,)))
        assert summary.total.calls == HOURS - first
        (most,) = (peak for peak in summary.peaks if not peak.number)
        assert (most.calls, most.hour) == (1, FIRST + first * HOUR)
    assert read == []
    record(world, decided(world, "late", FIRST + 40 * HOUR))
    assert world.summaries.summarize(LONG).total.calls == HOURS + 1
    assert [(query.pool, query.begin) for query in read] == [(POOL, FIRST + 40 * HOUR)]


def test_what_was_dialled_in_no_pool_is_counted_without_reading_the_other_calls(world: World) -> None:
    world.pool()
    record(world, *(decided(world, f"c{index}", FIRST + index) for index in range(5)))
    record(world, decided(world, "nowhere", FIRST, pool=""))
    read: list[CallQuery] = []
    look_over_the_shoulder(world, read.append)
    assert world.summaries.summarize(LONG).total.calls == 6
    assert [(query.pool, query.in_no_pool) for query in read] == [(POOL, False), ("", True)]
