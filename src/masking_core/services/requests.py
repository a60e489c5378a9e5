"""What callers ask of the session service, and the checks that need no store."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from unicodedata import category

from masking_core.call_settings import PLAIN_CALL, CallerId, CallSettings
from masking_core.errors import InvalidArgument
from masking_core.instants import Duration, Instant
from masking_core.phone_number import is_e164

_MAX_TEXT = 256
_MAX_LABELS = 64
_MAX_NUMBERS = 10
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_PARTICIPANTS = 2
_UNFIT = frozenset(("Cc", "Cs", "Zl", "Zp"))
"""Controls, halves of surrogate pairs, and what breaks lines; joiners and every kind of space are part of names."""
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls that make a text read otherwise than it is."""


@dataclass(frozen=True, slots=True)
class ParticipantRequest:
    """One participant: its real numbers as E.164 text, the first to be dialled; ``proxy_number`` by name, or empty."""

    phone_numbers: tuple[str, ...] = field(repr=False)
    label: str = ""
    proxy_number: str = ""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A session to open. At most one of ``time_to_live`` and ``expire_time``; neither is the pool's default.

    ``call_settings`` of None are the pool's as they stand now.
    """

    pool: str
    participants: tuple[ParticipantRequest, ...]
    time_to_live: Duration | None = None
    expire_time: Instant | None = None
    reserve_numbers: bool = False
    reference: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    call_settings: CallSettings | None = None
    request_id: str = ""

    def check(self) -> None:
        """Raise InvalidArgument naming the first field that is wrong."""
        if len(self.participants) != _PARTICIPANTS:
            raise InvalidArgument("participants", "a session has exactly two")
        for index, participant in enumerate(self.participants):
            check_text(f"participants[{index}].label", participant.label)
            check_phone_numbers(index, participant.phone_numbers)
            if participant.proxy_number and not is_e164(participant.proxy_number):
                raise InvalidArgument(f"participants[{index}].proxy_number", "must be a number in E.164")
        if self.request_id and not _REQUEST_ID.fullmatch(self.request_id):
            raise InvalidArgument("request_id", "has 1 to 64 characters of a-z, A-Z, 0-9 and . _ : -")
        check_text("reference", self.reference)
        check_labels(self.labels)

    def fingerprint(self) -> str:
        """A digest of all that was asked for but the real numbers, which the stored session tells.

        Told member by member: one that is added to a class later must not change what was told before.
        """
        settings = self.call_settings or PLAIN_CALL
        shown = (
            () if settings.caller_id is CallerId.COUNTERPART_PROXY else (settings.caller_id, settings.fixed_caller_id)
        )
        told = (
            self.pool,
            tuple((len(each.phone_numbers), each.label, each.proxy_number) for each in self.participants),
            self.time_to_live,
            self.expire_time,
            self.reserve_numbers,
            self.reference,
            sorted(self.labels.items()),
            settings.record,
            settings.record_callee_announcement,
            *(
                audio and (audio.file_id, audio.file_url, audio.standard)
                for audio in (settings.caller_announcement, settings.callee_announcement)
            ),
            *shown,
        )
        return hashlib.sha256(repr(told).encode()).hexdigest() if self.request_id else ""


@dataclass(frozen=True, slots=True)
class ParticipantChange:
    """What changes of one participant; None leaves it as it is. ``blocks``: whether it takes no calls of the other."""

    phone_numbers: tuple[str, ...] | None = field(default=None, repr=False)
    label: str | None = None
    blocks: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionChange:
    """What changes of a running session; None leaves it as it is."""

    session_id: str
    time_to_live: Duration | None = None
    expire_time: Instant | None = None
    participants: Mapping[int, ParticipantChange] = field(default_factory=dict)
    labels: dict[str, str] | None = None
    call_settings: CallSettings | None = None
    reference: str | None = None

    def check(self) -> None:
        """Raise InvalidArgument naming the first field that is wrong."""
        for index, change in self.participants.items():
            if not 0 <= index < _PARTICIPANTS:
                raise InvalidArgument(f"participants[{index}]", "a session has exactly two")
            if change.label is not None:
                check_text(f"participants[{index}].label", change.label)
            if change.phone_numbers is not None:
                check_phone_numbers(index, change.phone_numbers)
        if self.labels is not None:
            check_labels(self.labels)
        if self.reference is not None:
            check_text("reference", self.reference)


def check_phone_numbers(index: int, phone_numbers: tuple[str, ...]) -> None:
    """Refuse none, too many, and one that stands twice."""
    path = f"participants[{index}].phone_numbers"
    if not 1 <= len(phone_numbers) <= _MAX_NUMBERS:
        raise InvalidArgument(path, f"a participant has 1 to {_MAX_NUMBERS} numbers")
    for position, number in enumerate(phone_numbers):
        if number in phone_numbers[:position]:
            raise InvalidArgument(f"{path}[{position}]", "stands twice")


def check_text(path: str, text: str) -> None:
    """Refuse a text that is too long or holds control characters."""
    if len(text) > _MAX_TEXT:
        raise InvalidArgument(path, f"has more than {_MAX_TEXT} characters")
    if any(category(character) in _UNFIT or character in _REORDERING for character in text):
        raise InvalidArgument(path, "holds a control character or half a surrogate pair")


def check_labels(labels: Mapping[str, str]) -> None:
    """Refuse too many labels, ill-formed keys, and values that are no plain text."""
    if len(labels) > _MAX_LABELS:
        raise InvalidArgument("labels", f"are more than {_MAX_LABELS}")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise InvalidArgument("labels", "a key has 1 to 63 of a-z, 0-9, _ . -, a letter first")
        check_text(f"labels[{key}]", value)


def check_page_size(size: int) -> int:
    """The number of items to return for a page size asked for: 50 by default, 1,000 at most."""
    if size < 0:
        raise InvalidArgument("page_size", "must not be negative")
    return min(size or 50, 1_000)
