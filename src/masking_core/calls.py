"""One call: what the provider asks, what is answered and why, and the report that follows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from masking_core.audio import Announcement, Audio
from masking_core.instants import DAY, Instant
from masking_core.phone_number import RealNumber
from masking_core.sealed import Sealed
from masking_core.sessions import CallSettings


class Reason(StrEnum):
    """Why a call was answered as it was. Stable: reports, metrics and support rely on them."""

    ACTIVE_SESSION = "ACTIVE_SESSION"
    ENDED_SESSION = "ENDED_SESSION"
    NO_SESSION = "NO_SESSION"
    CALLER_WITHHELD = "CALLER_WITHHELD"
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER"


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call to one of our numbers.

    ``dialled`` is E.164, or whatever was dialled where it is no number. ``caller`` is None when
    withheld. ``call_id`` is the same for every callback and report of one call, and of no other:
    at most 64 characters of ``[a-zA-Z0-9-]``.
    """

    dialled: str
    caller: RealNumber | None
    call_id: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to ``to``, who sees ``caller_id`` (a virtual number).

    ``reference`` names this call and no other, and leads back to its session; it is empty for a
    call that is forwarded. ``pool_announcements`` are the pool's own recordings.
    """

    reason: Reason
    pool: str
    to: RealNumber
    caller_id: str
    reference: str
    call_settings: CallSettings
    pool_announcements: dict[Announcement, Audio]


@dataclass(frozen=True, slots=True)
class Play:
    """Play an announcement and hang up; ``audio`` is the pool's own recording, or None for ours."""

    reason: Reason
    pool: str
    announcement: Announcement
    audio: Audio | None


Decision = Dial | Play


def call_reference(session_id: str, call_id: str) -> str:
    """The name of one call of a session: unique, valid as a file name, at most 101 characters."""
    return f"{session_id}.{call_id}"


def session_of_reference(reference: str) -> str:
    """The session that ``call_reference`` was made for, or empty for a text it did not make."""
    session_id, dot, call_id = reference.partition(".")
    return session_id if dot and session_id and call_id else ""


DEFAULT_RETENTION: Final = 30 * DAY
"""How long a report is kept that belongs to no session, or to one that is forgotten."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How a call went, as the provider told it, kept whole until somebody reads it.

    ``digest`` identifies the posted bytes; ``body`` holds them sealed. ``session_id`` is empty for
    a call that belonged to none.
    """

    digest: bytes
    session_id: str
    receive_time: Instant
    body: Sealed
