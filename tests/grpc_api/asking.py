"""Requests as most tests make them."""

from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from masking.v1 import session_service_pb2 as pb
from masking_core.instants import SECOND, Instant
from support.world import POOL, real

POOL_NAME = f"pools/{POOL}"


def participant(*phone_numbers: str | int, **members: Any) -> pb.Participant:
    """A participant with these real numbers, given as text or by their index."""
    numbers = [real(number) if isinstance(number, int) else number for number in phone_numbers]
    return pb.Participant(phone_numbers=numbers, **members)


def opening(a: pb.Participant | int = 1, b: pb.Participant | int = 2, **members: Any) -> pb.OpenSessionRequest:
    """A request for a session of two participants, each one as it is or by the index of its number."""
    sides = [participant(each) if isinstance(each, int) else each for each in (a, b)]
    return pb.OpenSessionRequest(**{"pool": POOL_NAME, "participants": sides} | members)


def at(instant: Instant) -> Timestamp:
    """A point in time, to the second."""
    return Timestamp(seconds=instant // SECOND)


def lasting(seconds: int) -> Duration:
    """A span of time."""
    return Duration(seconds=seconds)
