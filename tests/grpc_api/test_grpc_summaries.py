from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import grpc
import pytest

from grpc_api.asking import POOL_NAME, at
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import call_service_pb2 as pb
from masking_core.call_records import Outcome
from masking_core.instants import DAY, HOUR, MINUTE, SECOND
from support.callers import decided, record, reported
from support.world import START, World, virtual

Dimension = pb.SummarizeRequest.Dimension
FRENCH = "+33123456789"


@pytest.fixture(autouse=True)
def calls(world: World) -> None:
    """Two answered calls at once and a busy one to one number, an answered one to another, an hour later."""
    world.pool(1)
    world.pool(0, "ride-fr")
    world.add(FRENCH, pool="ride-fr")
    record(
        world,
        decided(world, "a", START),
        reported("a", inbound_seconds=60, outbound_seconds=50),
        decided(world, "b", START + 30 * SECOND),
        reported("b", inbound_seconds=60, outbound_seconds=20, price_per_second=Decimal("0.05"), currency="CHF"),
        decided(world, "c", START + MINUTE),
        reported("c", outcome=Outcome.BUSY, inbound_seconds=0, billed_seconds=0),
        decided(world, "d", START + HOUR, dialled=FRENCH, pool="ride-fr"),
        reported("d", inbound_seconds=30, outbound_seconds=10),
    )


def summarize(api: Api, *group_by: Dimension.ValueType, **asked: Any) -> pb.SummarizeResponse:
    request = {"begin_time": at(START), "end_time": at(START + DAY), "group_by": group_by, **asked}
    return api.calls.Summarize(pb.SummarizeRequest(**request))


def rows(summary: pb.SummarizeResponse) -> list[tuple[Sequence[str], int]]:
    return [(list(row.group), row.tally.calls) for row in summary.rows]


def test_calls_are_added_up(api: Api) -> None:
    summary = summarize(api)
    assert summary.total == pb.SummarizeResponse.Tally(
        calls=4,
        answered=3,
        total_seconds=80,
        median_seconds=20,
        p95_seconds=50,
        costs=[
            pb.SummarizeResponse.Tally.Cost(currency="CHF", amount="0.01"),
            pb.SummarizeResponse.Tally.Cost(currency="EUR", amount="0.06"),
        ],
    )
    assert [row.tally for row in summary.rows] == [summary.total]
    assert (summary.busiest_hour, summary.busiest_hour_calls) == (at(START), 3)
    assert [(peak.pool, peak.number, peak.calls, peak.hour) for peak in summary.peaks] == [
        ("pools/ride-fr", "", 1, at(START + HOUR)),
        ("pools/ride-fr", FRENCH, 1, at(START + HOUR)),
        (POOL_NAME, "", 2, at(START)),
        (POOL_NAME, virtual(0), 2, at(START)),
    ]


def test_rows_stand_for_groups(api: Api) -> None:
    pool_and_outcome = summarize(api, pb.SummarizeRequest.DIMENSION_POOL, pb.SummarizeRequest.DIMENSION_OUTCOME)
    assert rows(pool_and_outcome) == [
        (["pools/ride-fr", "ANSWERED"], 1),
        ([POOL_NAME, "ANSWERED"], 2),
        ([POOL_NAME, "BUSY"], 1),
    ]
    assert rows(summarize(api, pb.SummarizeRequest.DIMENSION_HOUR)) == [
        (["2027-01-15T08:00:00Z"], 3),
        (["2027-01-15T09:00:00Z"], 1),
    ]
    assert rows(summarize(api, pb.SummarizeRequest.DIMENSION_DAY)) == [(["2027-01-15T00:00:00Z"], 4)]
    assert rows(summarize(api, pb.SummarizeRequest.DIMENSION_COUNTRY)) == [(["FR"], 1), (["GB"], 3)]
    assert rows(summarize(api, pb.SummarizeRequest.DIMENSION_NUMBER)) == [([FRENCH], 1), ([virtual(0)], 3)]
    assert rows(summarize(api, pb.SummarizeRequest.DIMENSION_REASON)) == [(["NO_SESSION"], 4)]


def test_pools_and_times_limit_what_is_added_up(api: Api) -> None:
    assert summarize(api, pools=["pools/ride-fr"]).total.calls == 1
    assert summarize(api, pools=["pools/ride-fr", POOL_NAME]).total.calls == 4
    later = summarize(api, begin_time=at(START + HOUR + MINUTE), end_time=at(START + HOUR + 2 * MINUTE))
    assert (later.begin_time, later.end_time) == (at(START + HOUR), at(START + 2 * HOUR))
    assert later.total.calls == 1


def test_no_calls_are_no_error(api: Api) -> None:
    summary = summarize(api, begin_time=at(START - DAY), end_time=at(START))
    assert summary == pb.SummarizeResponse(
        begin_time=at(START - DAY), end_time=at(START), total=pb.SummarizeResponse.Tally()
    )
    assert not summary.HasField("busiest_hour")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"begin_time": None}, "begin_time"),
        ({"end_time": None}, "end_time"),
        ({"end_time": at(START)}, "end_time"),
        ({"end_time": at(START + 401 * DAY)}, "end_time"),
        ({"begin_time": at(-DAY)}, "begin_time"),
        ({"pools": [POOL_NAME, "ride-fr"]}, "pools[1]"),
        ({"group_by": [Dimension.DIMENSION_POOL, Dimension.DIMENSION_UNSPECIFIED]}, "group_by[1]"),
        ({"group_by": [99]}, "group_by[0]"),
        ({"group_by": [Dimension.DIMENSION_POOL] * 2}, "group_by"),
    ],
)
def test_what_cannot_be_added_up_is_refused(api: Api, asked: dict[str, Any], field: str) -> None:
    refused = refusal(summarize, api, **asked)
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
