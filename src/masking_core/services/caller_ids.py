"""What a callee may be shown.

A fixed caller ID is one of our virtual numbers when it is set. It may leave later, and be rented by
somebody else: from that moment on no callee sees it, but the number to call back.
"""

from masking_core.call_settings import CallSettings
from masking_core.errors import InvalidArgument
from masking_core.ports.numbers import NumberStore


def check_caller_id(numbers: NumberStore, field: str, settings: CallSettings) -> None:
    """Refuse a fixed caller ID that is no virtual number of ours: it could be a real one."""
    if settings.fixed_caller_id and numbers.get_number(settings.fixed_caller_id) is None:
        raise InvalidArgument(f"{field}.fixed_caller_id", "must be a virtual number of ours")


def shown_settings(numbers: NumberStore, settings: CallSettings) -> CallSettings:
    """The settings as a callback finds them now (``RouteStore.find_route``)."""
    if settings.fixed_caller_id and numbers.get_number(settings.fixed_caller_id) is None:
        return settings.without_fixed_caller_id()
    return settings
