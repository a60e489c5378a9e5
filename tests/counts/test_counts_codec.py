"""What was counted of an hour, as bytes and back."""

from decimal import Decimal

import pytest

from adapters.counts import CountsCodec
from masking_core.call_counts import CountedRow, HourCounts

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
)


def test_counts_come_back_as_they_were() -> None:
    codec = CountsCodec()
    assert codec.decode(codec.encode(COUNTS), by_number=True) == COUNTS


def test_rows_by_number_are_left_out_unless_they_are_wanted() -> None:
    codec = CountsCodec()
    decoded = codec.decode(codec.encode(COUNTS), by_number=False)
    assert decoded is not None
    assert (decoded.by_number, decoded.rows, decoded.number_peaks) == ((), COUNTS.rows, COUNTS.number_peaks)


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x02", b"\x02abc", CountsCodec().encode(COUNTS)[:-1]])
@pytest.mark.parametrize("by_number", [True, False])
def test_what_cannot_be_read_is_counted_anew(damaged: bytes, by_number: bool) -> None:  # noqa: FBT001 a parameter
    assert CountsCodec().decode(damaged, by_number=by_number) is None
