"""Sessions, and what is asked of them: ``masking.v1`` ↔ the core. Changes are in ``convert_changes``."""

from collections.abc import Callable, Sequence

from adapters.grpc_server.choices import chosen
from adapters.grpc_server.convert_audio import call_settings_message, to_call_settings
from adapters.grpc_server.names import parse_pool, pool_name, session_name
from adapters.grpc_server.page_tokens import Page
from adapters.grpc_server.times import timestamp, to_duration, to_instant
from masking.v1 import session_service_pb2 as pb
from masking_core.errors import InvalidArgument
from masking_core.instants import NEVER
from masking_core.phone_number import RealNumber, is_e164
from masking_core.pools import Geography
from masking_core.sealed import LookupKey
from masking_core.services.requests import OpenRequest, ParticipantRequest, check_text
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery, SessionState, Side

_STATES = {
    SessionState.ACTIVE: pb.Session.STATE_ACTIVE,
    SessionState.CLOSED: pb.Session.STATE_CLOSED,
    SessionState.EXPIRED: pb.Session.STATE_EXPIRED,
}
_STATE_FILTERS = {pb.Session.STATE_UNSPECIFIED: None} | {value: state for state, value in _STATES.items()}
_REACHES = {
    Geography.NONE: pb.Participant.REACH_ANY,
    Geography.COUNTRY: pb.Participant.REACH_COUNTRY,
    Geography.AREA: pb.Participant.REACH_AREA,
}

Shown = Callable[[RealNumber], str]
"""How a real number is written in an answer."""

_SHOWN: dict[pb.SessionView.ValueType, Shown] = {
    pb.SESSION_VIEW_UNSPECIFIED: str,
    pb.SESSION_VIEW_BASIC: str,
    pb.SESSION_VIEW_FULL: lambda number: number.e164,
}


def to_shown(field: str, view: pb.SessionView.ValueType) -> Shown:
    """How a view writes real numbers. Raises InvalidArgument for an unknown view."""
    return chosen(field, _SHOWN, view)


def to_open_request(request: pb.OpenSessionRequest) -> OpenRequest:
    """What is asked for. Raises InvalidArgument naming the field; the core checks the rest."""
    end = request.WhichOneof("expiration")
    return OpenRequest(
        pool=parse_pool("pool", request.pool),
        participants=tuple(
            ParticipantRequest(tuple(each.phone_numbers), each.label, each.proxy_number)
            for each in request.participants
        ),
        time_to_live=to_duration("time_to_live", request.time_to_live) if end == "time_to_live" else None,
        expire_time=to_instant("expire_time", request.expire_time) if end == "expire_time" else None,
        reserve_numbers=request.reserve_numbers,
        reference=request.reference,
        labels=dict(request.labels),
        call_settings=to_call_settings("call_settings", request.call_settings)
        if request.HasField("call_settings")
        else None,
        request_id=request.request_id,
    )


def to_session_query(
    request: pb.ListSessionsRequest, page: Page, lookups: Callable[[RealNumber], tuple[LookupKey, ...]]
) -> SessionQuery:
    """The filters and the page. Raises InvalidArgument naming the field."""
    check_text("reference", request.reference)
    return SessionQuery(
        pool=parse_pool("pool", request.pool) if request.pool else "",
        state=chosen("state", _STATE_FILTERS, request.state),
        reference=request.reference,
        lookups=lookups(_to_real_number("phone_number", request.phone_number)) if request.phone_number else (),
        after=page.after,
        limit=page.limit,
    )


def _to_real_number(field: str, text: str) -> RealNumber:
    if not is_e164(text):
        raise InvalidArgument(field, "is not a phone number in E.164, as in +447700900123")
    return RealNumber(text)


def session_message(view: SessionView, shown: Shown) -> pb.Session:
    """The message for a session."""
    session = view.session
    return pb.Session(
        name=session_name(session.session_id),
        pool=pool_name(session.pool),
        state=_STATES[view.state],
        participants=[
            _participant_message(side, numbers, shown, blocks=index in session.call_settings.not_taken_by)
            for index, (side, numbers) in enumerate(zip(session.sides, view.numbers, strict=True))
        ],
        create_time=timestamp(session.create_time),
        update_time=timestamp(session.update_time),
        expire_time=None if session.expire_time == NEVER else timestamp(session.expire_time),
        close_time=None if session.close_time is None else timestamp(session.close_time),
        reserve_numbers=session.reserved,
        reference=session.reference,
        labels=session.labels,
        call_settings=call_settings_message(session.call_settings),
    )


def _participant_message(side: Side, numbers: Sequence[RealNumber], shown: Shown, *, blocks: bool) -> pb.Participant:
    return pb.Participant(
        phone_numbers=[shown(number) for number in numbers],
        label=side.label or None,
        proxy_number=side.proxy,
        reach=_REACHES[side.reach],
        reused_early=side.reused_early,
        blocks_other=blocks or None,
    )
