"""What a session sets for its calls: recording, announcements, and the number that the callee sees."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from masking_core.audio import Audio
from masking_core.errors import InvalidArgument
from masking_core.phone_number import is_e164


class CallerId(StrEnum):
    """Which of our numbers the callee sees; never a real one."""

    COUNTERPART_PROXY = "COUNTERPART_PROXY"
    DIALLED = "DIALLED"
    FIXED = "FIXED"


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Recording, announcements and caller ID of a session's calls.

    Who is recorded must be told: ``record`` without both announcements is refused.
    ``record_callee_announcement`` says whether the callee's announcement is in the recording.
    ``caller_id`` of COUNTERPART_PROXY shows the number the callee dials to call back, DIALLED the
    one that was dialled, FIXED the virtual number ``fixed_caller_id``. ``not_taken_by`` are the
    sides of a session whose participants take no call of the other one.
    """

    record: bool = False
    record_callee_announcement: bool = True
    caller_announcement: Audio | None = None
    callee_announcement: Audio | None = None
    caller_id: CallerId = CallerId.COUNTERPART_PROXY
    fixed_caller_id: str = ""
    not_taken_by: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a recording that one of the parties would not be told of, and a caller ID that is none."""
        self._check_caller_id()
        if not self.record:
            return
        for name in ("caller_announcement", "callee_announcement"):
            if getattr(self, name) is None:
                raise InvalidArgument(f"call_settings.{name}", "is needed to record: both parties must be told")

    def _check_caller_id(self) -> None:
        if (self.caller_id is CallerId.FIXED) != bool(self.fixed_caller_id):
            raise InvalidArgument(
                "call_settings.fixed_caller_id", "is needed with a fixed caller ID, and with no other"
            )
        if self.fixed_caller_id and not is_e164(self.fixed_caller_id):
            raise InvalidArgument("call_settings.fixed_caller_id", "must be a number in E.164, as in +442079460000")

    def without_fixed_caller_id(self) -> "CallSettings":
        """These settings once the fixed virtual number has left: the callee sees the number to call back instead."""
        return replace(self, caller_id=CallerId.COUNTERPART_PROXY, fixed_caller_id="")


PLAIN_CALL: Final = CallSettings()
"""Neither recording nor announcements, and the number to call back as caller ID."""
