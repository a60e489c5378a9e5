"""Recordings, and what is asked of them: ``masking.v1`` ↔ the core."""

from adapters.grpc_server.convert_calls import place_of
from adapters.grpc_server.names import call_name, parse_pool, parse_session, recording_name, session_name
from adapters.grpc_server.page_tokens import Page
from adapters.grpc_server.times import timestamp, to_instant
from masking.v1 import call_service_pb2 as pb
from masking_core.call_records import CallQuery
from masking_core.services.recordings import Recording


def to_recording_query(request: pb.ListRecordingsRequest, page: Page) -> CallQuery:
    """Whose recordings to list, and the page. Raises InvalidArgument naming the field."""
    return CallQuery(
        pool=parse_pool("pool", request.pool) if request.pool else "",
        session_id=parse_session("session", request.session) if request.session else "",
        begin=to_instant("begin_time", request.begin_time) if request.HasField("begin_time") else 0,
        end=to_instant("end_time", request.end_time) if request.HasField("end_time") else None,
        after=place_of(page.after),
        limit=page.size,
    )


def recording_message(recording: Recording) -> pb.Recording:
    """The message for a recording."""
    return pb.Recording(
        name=recording_name(recording.file_id),
        call=call_name(recording.call.call_id),
        session=session_name(recording.call.session_id),
        time=timestamp(recording.call.time),
    )
