"""What a caller can hear: the standard announcements, and the files that say them."""

from dataclasses import dataclass
from enum import StrEnum

from masking_core.errors import InvalidArgument

_MAX_SOURCE = 2_048


class Announcement(StrEnum):
    """The sentences the system needs; each value names the built-in recording."""

    NOT_IN_SERVICE = "not-in-service"
    NOT_ALLOWED = "not-allowed"
    SESSION_ENDED = "session-ended"
    TEMPORARILY_UNAVAILABLE = "temporarily-unavailable"
    CALL_RECORDED = "call-recorded"
    ENTER_PIN = "enter-pin"
    PIN_WRONG = "pin-wrong"


@dataclass(frozen=True, slots=True)
class Audio:
    """One recording: a file the provider hosts, a URL, or a standard announcement. Exactly one.

    A standard announcement is the pool's own recording of it where the pool names one, else ours.
    """

    file_id: str | None = None
    file_url: str | None = None
    standard: Announcement | None = None

    def __post_init__(self) -> None:
        """Refuse none, two, empty ones and what is no plain text."""
        given = [source for source in (self.file_id, self.file_url, self.standard) if source is not None]
        if len(given) != 1 or not given[0]:
            raise InvalidArgument("audio", "name exactly one of file_id, file_url and standard")
        if self.file_url is not None and not self.file_url.startswith(("https://", "http://")):
            raise InvalidArgument("audio.file_url", "must be an http or https URL")
        for name in ("file_id", "file_url"):
            source = getattr(self, name)
            if source is not None and not (source.isprintable() and len(source) <= _MAX_SOURCE):
                raise InvalidArgument(f"audio.{name}", f"has at most {_MAX_SOURCE} characters, and each of them prints")
