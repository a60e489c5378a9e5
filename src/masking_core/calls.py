"""One call: what the provider asks, what is answered and why, and the report that follows."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.instants import DAY, Instant
from masking_core.phone_number import RealNumber
from masking_core.sealed import Sealed


class Reason(StrEnum):
    """Why a call was answered as it was. Stable: reports, metrics and support rely on them."""

    ACTIVE_SESSION = "ACTIVE_SESSION"
    ENDED_SESSION = "ENDED_SESSION"
    NO_SESSION = "NO_SESSION"
    CALLER_WITHHELD = "CALLER_WITHHELD"
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER"
    PIN_ACCEPTED = "PIN_ACCEPTED"
    PIN_WRONG = "PIN_WRONG"
    PIN_REFUSED = "PIN_REFUSED"
    PIN_LOCKED = "PIN_LOCKED"
    CALLER_BLOCKED = "CALLER_BLOCKED"
    PARTICIPANT_BLOCKED = "PARTICIPANT_BLOCKED"
    COUNTRY_NOT_ALLOWED = "COUNTRY_NOT_ALLOWED"
    CALLER_LIMIT = "CALLER_LIMIT"
    SESSION_LIMIT = "SESSION_LIMIT"
    NUMBER_LIMIT = "NUMBER_LIMIT"
    POOL_LIMIT = "POOL_LIMIT"
    BUDGET_SPENT = "BUDGET_SPENT"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call to one of our numbers.

    ``dialled`` is E.164, or whatever was dialled where it is no number. ``caller`` is None when
    withheld. ``call_id`` is the same for every callback and report of one call, and of no other:
    at most 64 characters of ``[a-zA-Z0-9-]``. ``digits`` is what the caller typed when asked to,
    and None in a call's first callback; who calls is not told with it. ``correlation_ids`` are the
    provider's names for the call. Where it names none, ``call_id`` is empty, and ``unnamed`` is what
    was posted: the same again is the same call.
    """

    dialled: str
    caller: RealNumber | None
    call_id: str
    digits: str | None = None
    correlation_ids: tuple[str, ...] = ()
    unnamed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to ``to``, who sees ``caller_id`` (a virtual number).

    ``reference`` names this call and no other, and leads back to its session if it has one, whose
    id ``session_id`` is. ``pool_announcements`` are the pool's own recordings.
    """

    reason: Reason
    pool: str
    session_id: str
    to: RealNumber
    caller_id: str
    reference: str
    call_settings: CallSettings
    pool_announcements: dict[Announcement, Audio]


@dataclass(frozen=True, slots=True)
class Play:
    """Play an announcement and hang up; ``audio`` is the pool's own recording, or None for ours.

    ``session_id`` is that of an ended session, or empty.
    """

    reason: Reason
    pool: str
    announcement: Announcement
    audio: Audio | None
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class AskPin:
    """Play an announcement and ask for a PIN of ``length`` digits; the call's next callback brings what was typed."""

    reason: Reason
    pool: str
    announcement: Announcement
    audio: Audio | None
    length: int


Decision = Dial | Play | AskPin

_NO_SESSION = "call"


def call_reference(session_id: str, call_id: str) -> str:
    """The name of one call, of a session or of none: unique, valid as a file name, at most 101 characters."""
    return f"{session_id or _NO_SESSION}.{call_id}"


def session_of_reference(reference: str) -> str:
    """The session that ``call_reference`` was made for, or empty for none and for a text it did not make."""
    session_id, dot, call_id = reference.partition(".")
    return session_id if dot and call_id and session_id != _NO_SESSION else ""


LONGEST_CALL: Final = DAY
"""After how long whatever is remembered for the sake of a call that goes on may be forgotten."""

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
