"""What a callee may be shown."""

from masking_core.call_settings import CallSettings
from masking_core.errors import InvalidArgument
from masking_core.ports.numbers import NumberStore


def check_caller_id(numbers: NumberStore, field: str, settings: CallSettings) -> None:
    """Refuse a fixed caller ID that is no virtual number of ours: it could be a real one."""
    if settings.fixed_caller_id and numbers.get_number(settings.fixed_caller_id) is None:
        raise InvalidArgument(f"{field}.fixed_caller_id", "must be a virtual number of ours")
