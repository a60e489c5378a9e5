"""What calls come to."""

from decimal import Decimal
from statistics import median_low

from hypothesis import given
from hypothesis import strategies as st

from core.drafts import NOW
from masking_core.call_counts import (
    CallFigures,
    CountedRow,
    Tally,
    count_hour,
    figures_of,
    merged_rows,
    number_peaks,
    peak,
    row_of,
)
from masking_core.call_records import Answer, CallRecord, CallReport, Outcome, Step, hour_of
from masking_core.calls import Reason
from masking_core.instants import HOUR, SECOND

BEGIN = hour_of(NOW)
spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda each: (each[0], each[0] + each[1])))


def figures(index: int, seconds: int | None, begin: int = BEGIN, number: str = "+442079460000") -> CallFigures:
    outcome = Outcome.NO_ANSWER if seconds is None else Outcome.ANSWERED
    report = CallReport(outcome, outbound_seconds=seconds, inbound_seconds=seconds)
    steps = (Step(begin, "first", Reason.NO_SESSION, Answer.PLAY),)
    return figures_of(CallRecord(f"c{index}", number, steps=steps, reports=(report,), keep_until=begin + index))


@given(spans)
def test_a_peak_is_the_most_spans_at_any_moment(drawn: list[tuple[int, int]]) -> None:
    moments = [sum(since <= moment < until for since, until in drawn) for moment in range(51)]
    assert peak(drawn) == max(moments)


def test_a_call_that_begins_as_another_ends_does_not_go_on_at_once_with_it() -> None:
    assert peak([(0, 5), (5, 9)]) == 1
    assert number_peaks([("a", 0, 5), ("b", 3, 9), ("a", 4, 6)]) == {"a": 2, "b": 1}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_median_and_percentiles_are_those_of_the_list(seconds: list[int]) -> None:
    tally = Tally()
    for index, each in enumerate(seconds):
        tally.add(row_of(figures(index, each)))
    assert tally.percentile(50) == median_low(seconds)
    assert tally.percentile(95) == sorted(seconds)[-(-len(seconds) * 95 // 100) - 1]
    assert tally.total_seconds == sum(seconds)


def test_no_answered_call_has_no_duration() -> None:
    tally = Tally()
    tally.add(row_of(figures(1, None)))
    assert (tally.calls, tally.answered, tally.percentile(95), tally.total_seconds) == (1, 0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4 * 3_600)), max_size=30))
def test_hours_counted_one_by_one_have_the_peaks_of_the_whole(drawn: list[tuple[int, int]]) -> None:
    calls = [figures(index, seconds, BEGIN + hour * HOUR + index) for index, (hour, seconds) in enumerate(drawn)]
    carried: tuple[tuple[str, int], ...] = ()
    highest = counted = 0
    for hour in range(BEGIN, BEGIN + 12 * HOUR, HOUR):
        counts = count_hour([each for each in calls if hour_of(each.time) == hour], carried, hour, hour + HOUR)
        carried = counts.carried_out
        highest = max(highest, counts.pool_peak)
        counted += sum(row.calls for row in counts.rows)
    assert highest == peak((each.time, each.time + each.occupied) for each in calls if each.occupied)
    assert counted == len(calls)
    assert carried == ()


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 900)), max_size=30))
def test_rows_by_number_and_of_all_numbers_come_to_the_same_calls(drawn: list[tuple[int, int | None]]) -> None:
    calls = [figures(index, seconds, number=f"+44207946000{number}") for index, (number, seconds) in enumerate(drawn)]
    counts = count_hour(calls, (), BEGIN, BEGIN + HOUR)
    whole, by_number, one_by_one = Tally(), Tally(), Tally()
    for tally, rows in ((whole, counts.rows), (by_number, counts.by_number), (one_by_one, map(row_of, calls))):
        for row in rows:
            tally.add(row)
    assert whole == by_number == one_by_one
    assert {row.dialled for row in counts.rows} <= {""}
    assert {row.dialled for row in counts.by_number} == {each.dialled for each in calls}


def test_rows_that_are_alike_become_one_and_costs_stay_exact() -> None:
    def costing(number: str, amount: str, currency: str = "EUR") -> CountedRow:
        return CountedRow(number, "R", "O", 1, (30,), ((currency, Decimal(amount)),))

    rows = [costing("b", "0.1"), costing("a", "0.2"), costing("b", "0.2"), costing("b", "1", "CHF")]
    assert merged_rows(rows) == (
        CountedRow("a", "R", "O", 1, (30,), (("EUR", Decimal("0.2")),)),
        CountedRow("b", "R", "O", 3, (30, 30, 30), (("CHF", Decimal(1)), ("EUR", Decimal("0.3")))),
    )


def test_a_call_occupies_its_number_into_the_next_hour() -> None:
    counts = count_hour([figures(1, 60, BEGIN + HOUR - SECOND)], (), BEGIN, BEGIN + HOUR)
    assert counts.carried_out == (("+442079460000", BEGIN + HOUR + 59 * SECOND),)


def test_an_hour_tells_from_when_on_some_of_its_calls_may_be_forgotten() -> None:
    calls = [figures(index, 60) for index in (7, 3, 5)]
    assert count_hour(calls, (), BEGIN, BEGIN + HOUR).keep_until == BEGIN + 3
    assert count_hour((), (("+442079460000", BEGIN + SECOND),), BEGIN, BEGIN + HOUR).keep_until == 0


def test_what_counting_needs_of_a_call_that_nobody_reported() -> None:
    call = CallRecord("c1", "+442079460000", steps=(Step(BEGIN, "first", Reason.NO_SESSION, Answer.PLAY),))
    told = figures_of(call)
    assert (told.outcome, told.seconds, told.occupied, told.cost) == ("UNKNOWN", None, 0, None)
    assert row_of(told) == CountedRow("+442079460000", "NO_SESSION", "UNKNOWN", 1, (), ())
