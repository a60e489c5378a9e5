"""From recordings as written to the server's messages."""

from adapters.cli.values import AudioArgument
from masking.v1.session_service_pb2 import Announcement, Audio


def announcement_value(name: str) -> Announcement.ValueType:
    """The value of a standard announcement, as in ``call-recorded``."""
    return Announcement.Value(f"ANNOUNCEMENT_{name.upper().replace('-', '_')}")


def audio_message(argument: AudioArgument) -> Audio:
    """The recording as the server takes it."""
    if argument.file_id:
        return Audio(file_id=argument.file_id)
    if argument.file_url:
        return Audio(file_url=argument.file_url)
    return Audio(standard=announcement_value(argument.standard))
