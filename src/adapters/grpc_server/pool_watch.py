"""The look at every pool now and then, which logs what it tells."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from adapters.grpc_server.times import timestamp
from masking_core.planning.plan import Limit
from masking_core.pool_outlook import PoolOutlook, Shortage
from masking_core.services.pool_outlooks import PoolOutlooks

_log = logging.getLogger(__name__)


def look(outlooks: PoolOutlooks) -> None:
    """Look at every pool, and log a line for each shortage that is told for the first time today."""
    for told in outlooks.watch():
        _log.warning("pool %s is low: %s", told.outlook.usage.pool, _SENTENCES[told.shortage](told.outlook))


def _nearly_exhausted(outlook: PoolOutlook) -> str:
    nearest = outlook.nearest
    if nearest is None:
        raise ValueError("nobody holds a number")
    return f"a participant of session {nearest.session_id} has {nearest.left} of {nearest.numbers} numbers left"


def _calls_at_capacity(outlook: PoolOutlook) -> str:
    busiest = outlook.at_capacity[0]
    return (
        f"within a day {len(outlook.at_capacity)} of its numbers had {outlook.calls_at_once} calls at once or more, "
        f"{busiest.number} had {busiest.calls}"
    )


def _running_out(outlook: PoolOutlook) -> str:
    if outlook.forecast is None:
        raise ValueError("there is no forecast")
    day = f"{timestamp(outlook.forecast.day).ToDatetime():%Y-%m-%d}"
    if outlook.forecast.limit is Limit.DISTINCTNESS:
        return f"at the present growth somebody has no number left on {day}"
    return f"at the present growth its numbers have all the calls they carry on {day}"


_SENTENCES: Final[Mapping[Shortage, Callable[[PoolOutlook], str]]] = {
    Shortage.NEARLY_EXHAUSTED: _nearly_exhausted,
    Shortage.CALLS_AT_CAPACITY: _calls_at_capacity,
    Shortage.RUNNING_OUT: _running_out,
}
