"""What a day's hours come to together."""

from masking_core.call_counts import CountedRow, HourCounts
from masking_core.day_counts import day_of
from masking_core.instants import DAY, HOUR, Instant

BEGIN = 20_000 * DAY
END = BEGIN + DAY
FIRST, SECOND = "+442079460000", "+442079460001"


def row(number: str, *seconds: int) -> CountedRow:
    return CountedRow(number, "R", "ANSWERED", len(seconds), seconds, ())


def hour(index: int, peaks: dict[str, int], *rows: CountedRow) -> tuple[Instant, HourCounts]:
    """An hour at whose end a call of as many seconds as its index goes on, and as many did at its beginning."""
    whole = (row("", *sorted(seconds for each in rows for seconds in each.seconds)),) if rows else ()
    at = BEGIN + index * HOUR
    return at, HourCounts(whole, rows, peaks, max(peaks.values()), ((FIRST, at + index),), ((SECOND, at + index),))


def test_a_day_is_its_hours_together_and_tells_the_first_hour_of_each_peak() -> None:
    day = day_of(
        BEGIN,
        END,
        [
            hour(0, {FIRST: 2}, row(FIRST, 3, 9)),
            hour(5, {FIRST: 2, SECOND: 3}, row(FIRST, 4), row(SECOND, 1)),
            hour(6, {SECOND: 1}),
            hour(23, {FIRST: 3}, row(FIRST, 2)),
        ],
    )
    assert day.rows == (row("", 1, 2, 3, 4, 9),)
    assert day.by_number == (row(FIRST, 2, 3, 4, 9), row(SECOND, 1))
    assert day.calls == {BEGIN: 2, BEGIN + 5 * HOUR: 2, BEGIN + 23 * HOUR: 1}
    assert day.number_peaks == {FIRST: (3, BEGIN + 23 * HOUR), SECOND: (3, BEGIN + 5 * HOUR)}
    assert day.pool_peak == (3, BEGIN + 5 * HOUR)
    assert (day.carried_in, day.carried_out) == (((FIRST, BEGIN),), ((SECOND, BEGIN + 23 * HOUR + 23),))


def test_nothing_is_carried_into_or_out_of_a_day_that_is_quiet_at_its_ends() -> None:
    day = day_of(BEGIN, END, [hour(1, {FIRST: 1}, row(FIRST, 3)), hour(22, {FIRST: 1}, row(FIRST, 3))])
    assert (day.carried_in, day.carried_out) == ((), ())
    nothing = day_of(BEGIN, END, [])
    assert (nothing.rows, nothing.calls, nothing.pool_peak) == ((), {}, (0, BEGIN))
