"""Recordings and call settings: ``masking.v1`` ↔ the core."""

from adapters.grpc_server.choices import chosen
from adapters.grpc_server.fields import renamed
from masking.v1 import session_service_pb2 as pb
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallerId, CallSettings

_STANDARD = {
    pb.ANNOUNCEMENT_NOT_IN_SERVICE: Announcement.NOT_IN_SERVICE,
    pb.ANNOUNCEMENT_NOT_ALLOWED: Announcement.NOT_ALLOWED,
    pb.ANNOUNCEMENT_SESSION_ENDED: Announcement.SESSION_ENDED,
    pb.ANNOUNCEMENT_TEMPORARILY_UNAVAILABLE: Announcement.TEMPORARILY_UNAVAILABLE,
    pb.ANNOUNCEMENT_CALL_RECORDED: Announcement.CALL_RECORDED,
    pb.ANNOUNCEMENT_ENTER_PIN: Announcement.ENTER_PIN,
    pb.ANNOUNCEMENT_PIN_WRONG: Announcement.PIN_WRONG,
}
_CALLER_IDS = {
    pb.CALLER_ID_UNSPECIFIED: CallerId.COUNTERPART_PROXY,
    pb.CALLER_ID_COUNTERPART_PROXY: CallerId.COUNTERPART_PROXY,
    pb.CALLER_ID_DIALLED: CallerId.DIALLED,
    pb.CALLER_ID_FIXED: CallerId.FIXED,
}
_CALLER_ID_VALUES = {caller_id: value for value, caller_id in _CALLER_IDS.items()}
_STANDARD_VALUES = {announcement: value for value, announcement in _STANDARD.items()}


def to_announcement(field: str, value: pb.Announcement.ValueType) -> Announcement:
    """The announcement. Raises InvalidArgument for the unspecified and unknown ones."""
    return chosen(field, _STANDARD, value)


def announcement_value(announcement: Announcement) -> pb.Announcement.ValueType:
    """The value for an announcement."""
    return _STANDARD_VALUES[announcement]


def to_audio(field: str, message: pb.Audio) -> Audio:
    """The recording. Raises InvalidArgument naming ``field`` or a member of it."""
    source = message.WhichOneof("source")
    with renamed(audio=field):
        return Audio(
            file_id=message.file_id if source == "file_id" else None,
            file_url=message.file_url if source == "file_url" else None,
            standard=to_announcement(f"{field}.standard", message.standard) if source == "standard" else None,
        )


def audio_message(audio: Audio) -> pb.Audio:
    """The message for a recording."""
    if audio.standard is not None:
        return pb.Audio(standard=announcement_value(audio.standard))
    return pb.Audio(file_url=audio.file_url) if audio.file_url is not None else pb.Audio(file_id=audio.file_id or "")


def to_call_settings(field: str, message: pb.CallSettings) -> CallSettings:
    """The call settings. Raises InvalidArgument naming ``field`` or a member of it."""
    announcements = {
        name: to_audio(f"{field}.{name}", getattr(message, name)) if message.HasField(name) else None
        for name in ("caller_announcement", "callee_announcement")
    }
    with renamed(call_settings=field):
        return CallSettings(
            record=message.record,
            record_callee_announcement=not message.omit_callee_announcement_from_recording,
            caller_announcement=announcements["caller_announcement"],
            callee_announcement=announcements["callee_announcement"],
            caller_id=chosen(f"{field}.caller_id", _CALLER_IDS, message.caller_id),
            fixed_caller_id=message.fixed_caller_id,
        )


def call_settings_message(settings: CallSettings) -> pb.CallSettings:
    """The message for call settings."""
    caller, callee = settings.caller_announcement, settings.callee_announcement
    return pb.CallSettings(
        record=settings.record,
        omit_callee_announcement_from_recording=not settings.record_callee_announcement,
        caller_announcement=None if caller is None else audio_message(caller),
        callee_announcement=None if callee is None else audio_message(callee),
        caller_id=_CALLER_ID_VALUES[settings.caller_id],
        fixed_caller_id=settings.fixed_caller_id,
    )
