"""Changes of a session: UpdateSessionRequest → the core."""

from adapters.grpc_server.convert_audio import to_call_settings
from adapters.grpc_server.field_masks import named_fields
from adapters.grpc_server.names import parse_session
from adapters.grpc_server.times import to_duration, to_instant
from masking.v1 import session_service_pb2 as pb
from masking_core.errors import InvalidArgument
from masking_core.instants import NEVER, Duration, Instant
from masking_core.services.requests import ParticipantChange, SessionChange

_SIDES = 2
_CHANGEABLE = ("expire_time", "time_to_live", "participants", "labels", "reference", "call_settings")


def to_session_change(request: pb.UpdateSessionRequest) -> SessionChange:
    """What the mask names, as the message holds it. Raises InvalidArgument naming the field."""
    session = request.session
    populated = [field.name for field, _ in session.ListFields() if field.name in _CHANGEABLE]
    fields = named_fields(request.update_mask, _CHANGEABLE, populated)
    time_to_live, expire_time = _to_end(session, fields)
    return SessionChange(
        session_id=parse_session("session.name", session.name),
        time_to_live=time_to_live,
        expire_time=expire_time,
        participants=_to_participant_changes(session) if "participants" in fields else {},
        labels=dict(session.labels) if "labels" in fields else None,
        call_settings=to_call_settings("session.call_settings", session.call_settings)
        if "call_settings" in fields
        else None,
        reference=session.reference if "reference" in fields else None,
    )


def _to_end(session: pb.Session, fields: frozenset[str]) -> tuple[Duration | None, Instant | None]:
    """The time to live or the end that is asked for: one of them, or neither where the end stays."""
    if not fields & {"time_to_live", "expire_time"}:
        return None, None
    given = session.WhichOneof("expiration")
    if given == "time_to_live":
        return to_duration("session.time_to_live", session.time_to_live), None
    if given == "expire_time":
        return None, to_instant("session.expire_time", session.expire_time)
    if "expire_time" not in fields:
        raise InvalidArgument("session.time_to_live", "is in update_mask but not set; expire_time takes the end away")
    return None, NEVER


def _to_participant_changes(session: pb.Session) -> dict[int, ParticipantChange]:
    if len(session.participants) != _SIDES:
        raise InvalidArgument("session.participants", "a session has exactly two")
    return {
        side: ParticipantChange(
            phone_numbers=tuple(each.phone_numbers) or None,
            label=each.label if each.HasField("label") else None,
            blocks=each.blocks_other if each.HasField("blocks_other") else None,
        )
        for side, each in enumerate(session.participants)
    }
