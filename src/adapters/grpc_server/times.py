"""Protobuf's Timestamp and Duration ↔ whole microseconds.

What is finer than a microsecond is rounded down, for many clients send the nanoseconds of their
clock as they are; rounded alike, a request repeated with its request_id is the same request.
"""

from google.protobuf.duration_pb2 import Duration as DurationMessage
from google.protobuf.timestamp_pb2 import Timestamp

from masking_core.errors import InvalidArgument
from masking_core.instants import SECOND, Duration, Instant

_NANOS_PER_MICROSECOND = 1_000
_NANOS_PER_SECOND = 1_000_000_000
_FIRST_SECOND = -62_135_596_800
_LAST_SECOND = 253_402_300_799
_LONGEST_SECONDS = 315_576_000_000


def to_instant(field: str, message: Timestamp) -> Instant:
    """The instant. Raises InvalidArgument for one outside the years 1 to 9999."""
    if not (_FIRST_SECOND <= message.seconds <= _LAST_SECOND and 0 <= message.nanos < _NANOS_PER_SECOND):
        raise InvalidArgument(field, "must lie in the years 1 to 9999, with nanos of 0 to 999,999,999")
    return _microseconds(message)


def to_duration(field: str, message: DurationMessage) -> Duration:
    """The duration. Raises InvalidArgument for a negative or ill-formed one."""
    if message.seconds < 0 or message.nanos < 0:
        raise InvalidArgument(field, "must not be negative")
    if message.seconds > _LONGEST_SECONDS or message.nanos >= _NANOS_PER_SECOND:
        raise InvalidArgument(field, "must be at most 10,000 years, with nanos of 0 to 999,999,999")
    return _microseconds(message)


def _microseconds(message: Timestamp | DurationMessage) -> int:
    return message.seconds * SECOND + message.nanos // _NANOS_PER_MICROSECOND


def timestamp(instant: Instant) -> Timestamp:
    """The message for an instant."""
    seconds, microseconds = divmod(instant, SECOND)
    return Timestamp(seconds=seconds, nanos=microseconds * _NANOS_PER_MICROSECOND)


def duration(microseconds: Duration) -> DurationMessage:
    """The message for a duration, which is not negative."""
    seconds, rest = divmod(microseconds, SECOND)
    return DurationMessage(seconds=seconds, nanos=rest * _NANOS_PER_MICROSECOND)
