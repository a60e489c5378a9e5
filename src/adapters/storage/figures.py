"""What counting needs of calls that are stored as JSON, read without making whole calls: a month has a million."""

from decimal import Decimal
from typing import cast

import msgspec

from masking_core.call_counts import CallFigures, figures_of
from masking_core.call_records import CallRecord, CallReport
from masking_core.instants import Instant


class _Step(msgspec.Struct, gc=False):
    """The members of a step that ``figures_of`` reads."""

    time: Instant
    reason: str


class _Report(msgspec.Struct, gc=False):
    """Those of a report."""

    cost = CallReport.cost

    outcome: str
    ringing_time: Instant | None
    outbound_seconds: int | None
    inbound_seconds: int | None
    billed_seconds: int | None
    price_per_second: Decimal | None
    currency: str
    receive_time: Instant


class _Call(msgspec.Struct, gc=False):
    """Those of a call."""

    time, report, occupied = CallRecord.time, CallRecord.report, CallRecord.occupied

    call_id: str
    dialled: str
    steps: tuple[_Step, ...]
    reports: tuple[_Report, ...]
    keep_until: Instant


_decode = msgspec.json.Decoder(_Call).decode


def decode_figures(text: str) -> CallFigures:
    """What counting needs of the call that ``codec.encode`` made this text of."""
    return figures_of(cast("CallRecord", _decode(text)))
