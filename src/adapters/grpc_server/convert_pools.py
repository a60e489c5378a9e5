"""Pools and their numbers: ``masking.v1`` ↔ the core. Policies are in ``convert_policies``."""

import re
from collections.abc import Callable, Sequence

from adapters.grpc_server.choices import chosen
from adapters.grpc_server.convert_policies import POLICY_FIELDS, POLICY_PARTS, policy_message, to_policy_change
from adapters.grpc_server.field_masks import named_fields
from adapters.grpc_server.names import NumberName, number_name, parse_number, parse_pool, pool_name, session_name
from adapters.grpc_server.page_tokens import Page
from adapters.grpc_server.times import timestamp
from masking.v1 import number_service_pb2 as pb
from masking_core.errors import InvalidArgument
from masking_core.pools import NumberState, Pool, PoolPolicy, VirtualNumber
from masking_core.ports.numbers import NumberQuery
from masking_core.services.pools import MAX_BATCH, NumberRequest

_STATES = {
    NumberState.IN_SERVICE: pb.Number.STATE_IN_SERVICE,
    NumberState.DRAINING: pb.Number.STATE_DRAINING,
}
_STATE_FILTERS = {pb.Number.STATE_UNSPECIFIED: None} | {value: state for state, value in _STATES.items()}
_COUNTRY = re.compile(r"[A-Z]{2}")
_WHOLE_POLICY = "policy"
_PATHS = {f"policy.{field}": field for field in (*POLICY_FIELDS, *POLICY_PARTS)}


def pool_message(pool: Pool) -> pb.Pool:
    """The message for a pool."""
    return pb.Pool(
        name=pool_name(pool.name),
        policy=policy_message(pool.policy),
        create_time=timestamp(pool.create_time),
        update_time=timestamp(pool.update_time),
    )


def to_pool_change(request: pb.UpdatePoolRequest) -> Callable[[PoolPolicy], PoolPolicy]:
    """The step that changes what the mask names. Raises InvalidArgument naming the field."""
    paths = named_fields(request.update_mask, (_WHOLE_POLICY, *_PATHS), (_WHOLE_POLICY,))
    if _WHOLE_POLICY not in paths:
        return to_policy_change(request.pool.policy, {_PATHS[path] for path in paths})
    if not request.pool.HasField("policy"):
        raise InvalidArgument("pool.policy", "is needed; an empty one stands for the defaults")
    return to_policy_change(request.pool.policy, POLICY_FIELDS)


def to_number_request(message: pb.Number) -> NumberRequest:
    """The number to add; the core checks it."""
    voice = message.voice if message.HasField("voice") else True
    return NumberRequest(message.number, message.country, message.area, voice, message.sms)


def to_number_names(field: str, names: Sequence[str]) -> list[NumberName]:
    """The numbers that names mean. Raises InvalidArgument for none, too many, and an ill-formed one."""
    if not 1 <= len(names) <= MAX_BATCH:
        raise InvalidArgument(field, f"are 1 to {MAX_BATCH} at a time")
    return [parse_number(f"{field}[{position}]", name) for position, name in enumerate(names)]


def to_number_query(request: pb.ListNumbersRequest, page: Page) -> NumberQuery:
    """The filters and the page. Raises InvalidArgument naming the field."""
    return NumberQuery(
        pool=parse_pool("pool", request.pool) if request.pool else "",
        state=chosen("state", _STATE_FILTERS, request.state),
        country=_to_country("country", request.country),
        after=page.after,
        limit=page.limit,
    )


def _to_country(field: str, text: str) -> str:
    if text and not _COUNTRY.fullmatch(text):
        raise InvalidArgument(field, "must be an ISO 3166-1 alpha-2 code")
    return text


def number_message(number: VirtualNumber) -> pb.Number:
    """The message for a number."""
    return pb.Number(
        name=number_name(number.pool, number.number),
        number=number.number,
        country=number.country,
        area=number.area,
        voice=number.voice,
        sms=number.sms,
        state=_STATES[number.state],
        load=number.load,
        reserved_by=session_name(number.reserved_by),
        create_time=timestamp(number.create_time),
    )
