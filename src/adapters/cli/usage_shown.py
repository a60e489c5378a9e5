"""How a pool's usage is shown to people."""

from collections.abc import Iterator

from adapters.cli import messages
from adapters.cli.output import Record, Table
from masking.v1 import number_service_pb2 as pb

_COLUMNS = ("NUMBER", "CALLS AT ONCE", "IN THE HOUR FROM")


def usage_parts(usage: pb.PoolUsageResponse) -> Iterator[Record | Table | str]:
    """How the pool stands and when it runs out, and a table of the numbers that have all the calls they carry."""
    counts = ("in_service", "draining", "reserved", "idle", "active_sessions", "highest_load")
    members = [(name.replace("_", " "), str(getattr(usage, name))) for name in counts]
    yield Record(
        [
            *members,
            ("share in use", f"{usage.share_in_use:.0%}".replace("%", " %")),
            ("nearest to none", _nearest(usage)),
            ("calls at once", f"{usage.peak_calls} within a day, and {usage.calls_at_once} on a number at most"),
            ("runs out", _forecast(usage)),
            ("looked at", messages.time(usage.look_time)),
        ]
    )
    if not usage.numbers_at_capacity:
        return
    yield "\nNumbers that had all the calls they carry:"
    yield Table(
        _COLUMNS,
        [(each.number, str(each.peak_calls), messages.time(each.peak_time)) for each in usage.numbers_at_capacity],
    )
    more = usage.numbers_at_capacity_count - len(usage.numbers_at_capacity)
    if more:
        yield f"and {more} more"


def _nearest(usage: pb.PoolUsageResponse) -> str:
    if not usage.HasField("nearest_participant"):
        return "nobody holds a number"
    nearest = usage.nearest_participant
    of = nearest.numbers_held + nearest.numbers_left
    where = f" in {nearest.country} {nearest.area}".rstrip() if nearest.country else ""
    who = f"participant {nearest.participant_index} of {nearest.session}"
    return f"{nearest.numbers_left} of {of} numbers{where} left, {who}"


def _forecast(usage: pb.PoolUsageResponse) -> str:
    if not usage.HasField("forecast"):
        return "no forecast: no growth, or too few days to tell"
    what = {
        pb.PoolUsageResponse.Forecast.LIMIT_DISTINCTNESS: "somebody has no number left",
        pb.PoolUsageResponse.Forecast.LIMIT_CALL_CAPACITY: "the numbers have all the calls they carry",
    }[usage.forecast.limit]
    return f"{usage.forecast.exhaust_time.ToDatetime():%Y-%m-%d}, when {what}"
