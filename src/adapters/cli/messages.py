"""The server's messages as commands show them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from masking.v1.session_service_pb2 import Announcement, Audio

Item = TypeVar("Item", bound=Message)


class _Page(Protocol):
    @property
    def next_page_token(self) -> str: ...


Page = TypeVar("Page", bound=_Page)


def document(message: Message) -> dict[str, Any]:
    """The message as JSON has it, with the names of the proto file and every field."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def pages(fetch: Callable[[str], Page], token: str, *, every: bool) -> tuple[list[Page], str]:
    """One page from ``token`` on, or every one, and the token of the next."""
    fetched = [fetch(token)]
    while every and fetched[-1].next_page_token:
        fetched.append(fetch(fetched[-1].next_page_token))
    return fetched, fetched[-1].next_page_token


def timestamp(moment: datetime | None) -> Timestamp | None:
    """The message for a point in time; None for none."""
    if moment is None:
        return None
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def time(moment: Timestamp) -> str:
    """A point in time to the second, in UTC."""
    return f"{moment.ToDatetime():%Y-%m-%dT%H:%M:%SZ}"


def duration(span: Duration) -> str:
    """A duration as the command line writes it: ``1d2h``."""
    return seconds(span.ToSeconds())


def seconds(count: int) -> str:
    """So many seconds, likewise."""
    parts = ((count // 86_400, "d"), (count // 3_600 % 24, "h"), (count // 60 % 60, "m"), (count % 60, "s"))
    return "".join(f"{part}{unit}" for part, unit in parts if part) or "0s"


def word(enum_value: str, prefix: str) -> str:
    """An enum's value as the command line writes it: ``in-service`` for ``STATE_IN_SERVICE``."""
    return enum_value.removeprefix(prefix).lower().replace("_", "-")


def announcement(standard: Announcement.ValueType) -> str:
    """The standard announcement as the command line writes it."""
    return word(Announcement.Name(standard), "ANNOUNCEMENT_")


def audio(recording: Audio) -> str:
    """The recording as the command line writes it."""
    if recording.HasField("file_id"):
        return f"file:{recording.file_id}"
    return recording.file_url if recording.HasField("file_url") else announcement(recording.standard)


def last_part(name: str) -> str:
    """The id at the end of a resource name: ``ride-uk`` of ``pools/ride-uk``."""
    return name.rpartition("/")[2]


def as_name(collection: str, given: str) -> str:
    """The resource name of what may be given with or without its collection."""
    return given if given.startswith(f"{collection}/") else f"{collection}/{given}"
