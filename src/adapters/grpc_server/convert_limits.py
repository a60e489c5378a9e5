"""The limits of a pool: ``masking.v1`` ↔ the core."""

from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from adapters.decimals import decimal_text
from adapters.grpc_server.fields import renamed
from adapters.grpc_server.times import duration, to_duration
from masking.v1 import number_service_pb2 as pb
from masking_core.errors import InvalidArgument
from masking_core.limits import NO_LIMITS, CallLimits

_FIELD: Final = "pool.policy"
_LONGEST_AMOUNT: Final = 16
_COUNTS: Final = tuple(each.name for each in fields(CallLimits) if each.name not in ("daily_budget", "longest_call"))


def to_limits(message: pb.PoolPolicy) -> CallLimits:
    """The limits; what is unset is none. Raises InvalidArgument naming the field."""
    given, field = message.limits, f"{_FIELD}.limits"
    members: dict[str, Any] = {name: getattr(given, name) for name in _COUNTS}
    if given.daily_budget:
        members["daily_budget"] = _to_amount(f"{field}.daily_budget", given.daily_budget)
    if given.HasField("longest_call"):
        members["longest_call"] = to_duration(f"{field}.longest_call", given.longest_call)
    with renamed(policy=_FIELD):
        return CallLimits(**members)


def _to_amount(field: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or len(text) > _LONGEST_AMOUNT:
        raise InvalidArgument(field, "must be a decimal, as in 250.00")
    return amount


def limits_message(limits: CallLimits) -> pb.PoolPolicy.Limits | None:
    """The message for limits, or None where there are none."""
    if limits == NO_LIMITS:
        return None
    return pb.PoolPolicy.Limits(
        **{name: getattr(limits, name) for name in _COUNTS},
        daily_budget=decimal_text(limits.daily_budget or None),
        longest_call=duration(limits.longest_call),
    )
