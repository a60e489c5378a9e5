"""What was counted of an hour, as bytes and back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.counts import CountsCodec
from masking_core.call_counts import CountedRow, HourCounts
from masking_core.day_counts import DayCounts
from masking_core.instants import DAY, HOUR

START = 20_000 * DAY

COUNTS = HourCounts(
    rows=(CountedRow("", "NO_SESSION", "ANSWERED", 3, (4, 4, 90), (("EUR", Decimal("0.300")),)),),
    by_number=(
        CountedRow("+442079460001", "NO_SESSION", "ANSWERED", 2, (4, 90), (("EUR", Decimal("0.100")),)),
        CountedRow("+442079460002", "NO_SESSION", "ANSWERED", 1, (4,), (("EUR", Decimal("0.200")),)),
    ),
    number_peaks={"+442079460001": 2, "+442079460002": 1},
    pool_peak=3,
    carried_in=(("+442079460001", 7),),
    carried_out=(("+442079460002", 2**60),),
    keep_until=2**61,
)
DAY_COUNTS = DayCounts(
    COUNTS.rows,
    COUNTS.by_number,
    calls={START: 2, START + 5 * HOUR: 1},
    number_peaks={"+442079460001": (2, START), "+442079460002": (1, START + 5 * HOUR)},
    pool_peak=(3, START + 5 * HOUR),
    carried_in=COUNTS.carried_in,
    carried_out=COUNTS.carried_out,
)
FIRST_VERSION = bytes.fromhex(
    "0292c45578019b3a71da82557efef1c1aec1c19efe7e2b1cfd82c35d835c5d9827b3b0444d9cb4d8353468a9819eb18141d3"
    "5a6d13132303734b1333030303432614ae1123f3c449282286ec680246e705182000001d5b1f12c44a78019b346dadb68989"
    "9181b9a58999818181e12a3ffff860d7e0604f7fbf158e7ec1e1ae41ae2e4c9358a2264e5aec1a1ab4d440cfd0c000558b11"
    "362d8c1359e03a8c0c0c006c821fe5"
)
"""An hour as it was encoded before anything was added."""


def test_counts_come_back_as_they_were() -> None:
    codec = CountsCodec()
    assert codec.decode(codec.encode(COUNTS), by_number=True) == COUNTS
    assert codec.decode_day(codec.encode_day(DAY_COUNTS), by_number=True) == DAY_COUNTS


def test_an_hour_that_was_encoded_before_anything_was_added_is_read_still() -> None:
    assert CountsCodec().decode(FIRST_VERSION, by_number=True) == replace(COUNTS, keep_until=0)


def test_rows_by_number_are_left_out_unless_they_are_wanted() -> None:
    codec = CountsCodec()
    decoded = codec.decode(codec.encode(COUNTS), by_number=False)
    assert decoded is not None
    assert (decoded.by_number, decoded.rows, decoded.number_peaks) == ((), COUNTS.rows, COUNTS.number_peaks)
    assert codec.decode_day(codec.encode_day(DAY_COUNTS), by_number=False) == replace(DAY_COUNTS, by_number=())


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x02", b"\x02abc", CountsCodec().encode(COUNTS)[:-1]])
@pytest.mark.parametrize("by_number", [True, False])
def test_what_cannot_be_read_is_counted_anew(damaged: bytes, by_number: bool) -> None:  # noqa: FBT001 a parameter
    assert CountsCodec().decode(damaged, by_number=by_number) is None


@pytest.mark.parametrize("damaged", [b"", b"\x03", CountsCodec().encode_day(DAY_COUNTS)[:-1]])
def test_a_day_that_cannot_be_read_is_put_together_anew(damaged: bytes) -> None:
    assert CountsCodec().decode_day(damaged, by_number=True) is None


def test_an_hour_is_no_day() -> None:
    codec = CountsCodec()
    assert codec.decode_day(codec.encode(COUNTS), by_number=True) is None
    assert codec.decode(codec.encode_day(DAY_COUNTS), by_number=True) is None
