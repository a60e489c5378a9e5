"""How days are put together of hours and remembered, and that nothing they tell differs from what the calls tell."""

import random
from collections.abc import Sequence

import pytest

from masking_core.call_records import Answer, CallQuery, CallRecord, Outcome
from masking_core.calls import Reason
from masking_core.errors import StoreUnavailable
from masking_core.instants import DAY, HOUR, SECOND, Instant
from masking_core.phone_number import RealNumber
from masking_core.ports.calls import CountedDay, CountedHour
from masking_core.services.call_summaries import SummaryRequest
from masking_core.summaries import Dimension
from support.brute_force import summary_of
from support.callers import decided, record, reported
from support.world import POOL, START, World, real, virtual

TODAY = START - START % DAY
DAYS = 4
WHOLE = (TODAY, TODAY + DAYS * DAY)
ASKED: Sequence[tuple[Dimension, ...]] = (
    (),
    *((dimension,) for dimension in Dimension),
    (Dimension.POOL, Dimension.DAY, Dimension.REASON),
    (Dimension.NUMBER, Dimension.OUTCOME),
    (Dimension.HOUR, Dimension.NUMBER),
)
SPANS = (
    WHOLE,
    (TODAY + 5 * HOUR, TODAY + 3 * DAY + 7 * HOUR),
    (TODAY + DAY, TODAY + 2 * DAY),
    (START, START + 6 * HOUR),
)


def traffic(world: World, count: int) -> list[CallRecord]:
    """Calls of four days, some of them hours long, and each with its report."""
    drawn, fragments = random.Random(7), list[CallRecord]()
    for index in range(count):
        time = TODAY + drawn.randrange(DAYS * DAY // SECOND) * SECOND
        outcome, seconds = drawn.choice(list(Outcome)), drawn.choice((drawn.randrange(90), drawn.randrange(60_000)))
        fragments += [
            decided(
                world,
                f"c{index:03}",
                time,
                dialled=virtual(drawn.randrange(3)),
                pool=drawn.choice((POOL, POOL, "other", "")),
                reason=drawn.choice((Reason.NO_SESSION, Reason.ACTIVE_SESSION)),
                answer=Answer.PLAY,
                keep_until=time + 90 * DAY,
            ),
            reported(
                f"c{index:03}", time, outcome=outcome, inbound_seconds=seconds, outbound_seconds=seconds // 2 or None
            ),
        ]
    return fragments


def as_the_calls_tell(world: World, *spans: tuple[Instant, Instant]) -> None:
    calls = world.store.list_calls(CallQuery(limit=1_000))
    for begin, end in spans:
        for dimensions in ASKED:
            told = world.summaries.summarize(SummaryRequest(begin, end, (), dimensions))
            assert told == summary_of(calls, begin, end, dimensions)


def test_days_come_to_what_their_calls_come_to_however_late_their_reports_are(world: World) -> None:
    world.pool()
    world.pool(0, name="other")
    fragments = traffic(world, 60)
    record(world, *fragments[:100])
    as_the_calls_tell(world, *SPANS)
    # These are further calls, and reports of calls that were counted, which go on into hours that were counted too.
    for index, fragment in enumerate(fragments[100:]):
        record(
            world, fragment, reported(f"c{index:03}", TODAY, inbound_seconds=50_000, billed_seconds=7, currency="CHF")
        )
    as_the_calls_tell(world, *reversed(SPANS))
    before = world.summaries.summarize(SummaryRequest(*WHOLE))
    world.erasing.erase(RealNumber(real(1)))
    assert world.summaries.summarize(SummaryRequest(*WHOLE)) == before


def test_days_that_were_counted_are_read_without_their_hours(world: World) -> None:
    world.pool()
    record(world, *(decided(world, f"c{index}", TODAY + index * 8 * HOUR) for index in range(12)))
    world.summaries.summarize(SummaryRequest(*WHOLE))
    asked = hours_asked_for(world)
    for dimension in set(Dimension) - {Dimension.HOUR}:
        assert world.summaries.summarize(SummaryRequest(*WHOLE, (), (dimension,))).total.calls == 12
    assert asked == []
    record(world, decided(world, "late", TODAY + DAY + HOUR))
    assert world.summaries.summarize(SummaryRequest(*WHOLE)).total.calls == 13
    assert asked == [(POOL, TODAY + DAY, TODAY + 2 * DAY)]
    assert world.summaries.summarize(SummaryRequest(*WHOLE)).total.calls == 13
    assert len(asked) == 1


def test_the_day_before_is_put_together_by_the_server_and_again_after_a_late_report(world: World) -> None:
    world.pool()
    record(world, decided(world, "c1", TODAY + HOUR), decided(world, "c2", TODAY + DAY + HOUR))
    world.now = TODAY + DAY + 2 * HOUR
    assert world.summaries.count_finished() == 2
    (yesterday, today) = world.store.counted_days(POOL, TODAY, TODAY + 2 * DAY)
    assert yesterday.counted_version == yesterday.version
    assert today.counted_version == 0
    record(world, reported("c1", TODAY + DAY))
    world.summaries.count_finished()
    (again, _) = world.store.counted_days(POOL, TODAY, TODAY + 2 * DAY)
    assert again.counted_version == again.version != yesterday.version


def test_a_call_that_is_reported_to_have_gone_on_overnight_changes_the_day_after_too(world: World) -> None:
    world.pool()
    record(world, decided(world, "c1", TODAY + DAY - HOUR), decided(world, "c2", TODAY + DAY + HOUR))
    record(world, reported("c2", TODAY + DAY + HOUR, inbound_seconds=60))
    as_the_calls_tell(world, WHOLE)
    record(world, reported("c1", TODAY + DAY, inbound_seconds=3 * 3_600))
    as_the_calls_tell(world, WHOLE, (TODAY + DAY, TODAY + 2 * DAY))


@pytest.mark.parametrize("verb", ["put_counts", "put_days"])
def test_what_could_not_be_remembered_is_counted_by_the_next(world: World, verb: str) -> None:
    world.pool()
    record(world, *(decided(world, f"c{index}", TODAY + index * 8 * HOUR) for index in range(12)))
    remember, failures = getattr(world.store, verb), iter((False, True))

    def failing(pool: str, counted: Sequence[CountedHour | CountedDay]) -> None:
        if next(failures, False):
            raise StoreUnavailable("for a moment")
        remember(pool, counted)

    setattr(world.store, verb, failing)
    with pytest.raises(StoreUnavailable):
        world.summaries.summarize(SummaryRequest(*WHOLE))
    as_the_calls_tell(world, WHOLE)


def test_a_call_that_comes_while_a_day_is_put_together_is_not_missed(world: World) -> None:
    world.pool()
    record(world, decided(world, "c1", TODAY + HOUR))
    list_figures = world.store.list_figures

    def meanwhile(query: CallQuery) -> object:
        figures = list_figures(query)
        world.store.list_figures = list_figures  # type: ignore[method-assign]
        record(world, decided(world, "c2", TODAY + HOUR))
        return figures

    world.store.list_figures = meanwhile  # type: ignore[method-assign,assignment]
    assert world.summaries.summarize(SummaryRequest(*WHOLE)).total.calls == 1
    assert world.summaries.summarize(SummaryRequest(*WHOLE)).total.calls == 2


def test_a_late_report_of_a_call_that_was_forgotten_takes_no_call_from_its_hour(world: World) -> None:
    world.pool()
    fragments = [decided(world, f"c{index}", TODAY + DAY + index, keep_until=TODAY + 3 * DAY) for index in range(3)]
    stays = decided(world, "stays", TODAY + DAY, keep_until=TODAY + 9 * DAY)
    record(world, *fragments, stays, reported("c0", TODAY + DAY, outbound_seconds=40))
    world.now = TODAY + 3 * DAY - 1
    asked = SummaryRequest(*WHOLE, (), (Dimension.NUMBER, Dimension.OUTCOME))
    record(world, reported("c1", TODAY + DAY, outbound_seconds=20))
    before = world.summaries.summarize(asked)
    assert (before.total.calls, before.total.answered) == (4, 2)
    world.now += 1
    world.housekeeping.sweep()
    assert world.store.get_call("c0") is None
    # The callback is not known any more; its report is a call anew.
    derived = decided(world, "c0", TODAY + DAY, keep_until=TODAY + 9 * DAY)
    record(world, derived, reported("c0", TODAY + DAY, outbound_seconds=40))
    assert world.summaries.summarize(asked) == before
    by_hour = SummaryRequest(*WHOLE, (), (Dimension.HOUR,))
    assert world.summaries.summarize(by_hour).total == before.total
    record(world, decided(world, "elsewhere", TODAY + DAY + HOUR, keep_until=TODAY + 9 * DAY))
    assert world.summaries.summarize(asked).total.calls == 5


def hours_asked_for(world: World) -> list[tuple[str, Instant, Instant]]:
    """The pools and times of which hours are read from now on."""
    asked: list[tuple[str, Instant, Instant]] = []
    counted_hours = world.store.counted_hours

    def reading(pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        asked.append((pool, begin, end))
        return counted_hours(pool, begin, end)

    world.store.counted_hours = reading  # type: ignore[method-assign]
    return asked
