import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from adapters.grpc_server.times import duration, timestamp, to_duration, to_instant
from masking_core.errors import InvalidArgument
from masking_core.instants import NEVER, SECOND

FIRST = -62_135_596_800 * SECOND
LONGEST = 315_576_000_000 * SECOND


@given(st.integers(FIRST, NEVER))
def test_an_instant_survives_the_way_there_and_back(instant: int) -> None:
    assert to_instant("expire_time", timestamp(instant)) == instant


def test_what_is_finer_than_a_microsecond_is_rounded_down() -> None:
    assert to_instant("expire_time", Timestamp(seconds=2, nanos=1_999)) == 2_000_001
    assert to_instant("expire_time", Timestamp(seconds=-1, nanos=1_999)) == -999_999
    assert to_duration("time_to_live", Duration(seconds=2, nanos=999)) == 2_000_000


@given(st.integers(0, LONGEST))
def test_a_duration_survives_the_way_there_and_back(microseconds: int) -> None:
    assert to_duration("time_to_live", duration(microseconds)) == microseconds


@pytest.mark.parametrize(
    "message",
    [
        Timestamp(seconds=253_402_300_800),
        Timestamp(seconds=-62_135_596_801),
        Timestamp(seconds=0, nanos=-1000),
        Timestamp(seconds=0, nanos=1_000_000_000),
        Timestamp(seconds=2**63 - 1),
    ],
    ids=str,
)
def test_a_timestamp_that_cannot_be_kept_is_refused(message: Timestamp) -> None:
    with pytest.raises(InvalidArgument) as raised:
        to_instant("session.expire_time", message)
    assert raised.value.field == "session.expire_time"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (Duration(seconds=-1), "negative"),
        (Duration(nanos=-1000), "negative"),
        (Duration(seconds=1, nanos=-1000), "negative"),
        (Duration(seconds=315_576_000_001), "10,000 years"),
        (Duration(seconds=2**63 - 1), "10,000 years"),
        (Duration(seconds=1, nanos=1_000_000_000), "10,000 years"),
    ],
    ids=str,
)
def test_a_duration_that_cannot_be_kept_is_refused(message: Duration, problem: str) -> None:
    with pytest.raises(InvalidArgument, match=problem) as raised:
        to_duration("pool.policy.cool_off", message)
    assert raised.value.field == "pool.policy.cool_off"
