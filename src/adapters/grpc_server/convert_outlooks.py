"""How pools stand: the core → ``masking.v1``."""

from adapters.grpc_server.names import session_name
from adapters.grpc_server.times import timestamp
from masking.v1 import number_service_pb2 as pb
from masking_core.planning.plan import Limit
from masking_core.pool_outlook import BusyNumber, Crowding, Forecast, PoolOutlook

_MOST_NUMBERS = 100
_LIMITS = {
    Limit.DISTINCTNESS: pb.PoolUsageResponse.Forecast.LIMIT_DISTINCTNESS,
    Limit.CALL_CAPACITY: pb.PoolUsageResponse.Forecast.LIMIT_CALL_CAPACITY,
}


def outlook_message(outlook: PoolOutlook) -> pb.PoolUsageResponse:
    """The message for a pool's outlook; no real number is in it."""
    usage = outlook.usage
    return pb.PoolUsageResponse(
        in_service=usage.in_service,
        draining=usage.draining,
        reserved=usage.reserved,
        idle=usage.idle,
        active_sessions=usage.active_sessions,
        highest_load=usage.highest_load,
        share_in_use=outlook.share_in_use,
        look_time=timestamp(outlook.time),
        nearest_participant=None if outlook.nearest is None else _nearest(outlook.nearest),
        peak_calls=outlook.peak_calls,
        calls_at_once=outlook.calls_at_once,
        numbers_at_capacity=[_busy(each) for each in outlook.at_capacity[:_MOST_NUMBERS]],
        numbers_at_capacity_count=len(outlook.at_capacity),
        forecast=None if outlook.forecast is None else _forecast(outlook.forecast),
    )


def _nearest(crowding: Crowding) -> pb.PoolUsageResponse.NearestParticipant:
    return pb.PoolUsageResponse.NearestParticipant(
        session=session_name(crowding.session_id),
        participant_index=crowding.side,
        numbers_held=crowding.held,
        numbers_left=crowding.left,
        country=crowding.place.country,
        area=crowding.place.area,
    )


def _busy(busy: BusyNumber) -> pb.PoolUsageResponse.BusyNumber:
    return pb.PoolUsageResponse.BusyNumber(number=busy.number, peak_calls=busy.calls, peak_time=timestamp(busy.hour))


def _forecast(forecast: Forecast) -> pb.PoolUsageResponse.Forecast:
    return pb.PoolUsageResponse.Forecast(exhaust_time=timestamp(forecast.day), limit=_LIMITS[forecast.limit])
