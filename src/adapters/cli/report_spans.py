"""The time of a report, cut into hours or days: also those in which there was no call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from masking.v1 import call_service_pb2 as pb

HOUR: Final = 60 * 60
DAY: Final = 24 * HOUR

Tally = pb.SummarizeResponse.Tally


@dataclass(frozen=True, slots=True)
class Span:
    """Hours or days, by the seconds since 1970 that they begin at; ``unit`` is the length of one in seconds."""

    places: Sequence[int]
    unit: int

    @property
    def word(self) -> str:
        """What one is called."""
        return "hour" if self.unit == HOUR else "day"

    def shown(self) -> Sequence[str]:
        """The name of each."""
        form = "%Y-%m-%d %H:%M" if self.unit == HOUR else "%Y-%m-%d"
        return [datetime.fromtimestamp(place, UTC).strftime(form) for place in self.places]

    def tallies(self, summary: pb.SummarizeResponse) -> Sequence[Tally]:
        """What the calls of each come to, of a summary by hour or by day."""
        known: Mapping[int, Tally] = {seconds_of(row.group[0]): row.tally for row in summary.rows}
        return [known.get(place, Tally()) for place in self.places]


def places(summary: pb.SummarizeResponse, unit: int) -> Sequence[int]:
    """The beginning of each hour or day that a summary is of."""
    begin = summary.begin_time.seconds
    return range(begin - begin % unit, summary.end_time.seconds, unit)


def seconds_of(time: str) -> int:
    """The seconds since 1970 of a group's time."""
    return int(datetime.fromisoformat(time).timestamp())
