"""What Infobip posts to its customers, character for character, and how it signs that.

Reports and their signatures are put together from one list of members, and so share no code with what verifies them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

_UNSIGNED: Final = ("calculatedDuration", "pricePerSecond", "currency")
_PRICE: Final = 0.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """A body, and the text of it that is signed."""

    body: bytes
    signed: bytes

    def authorization(self, url: str, credentials: Mapping[str, str] | None) -> str | None:
        """The header for this URL; None for an account without credentials."""
        if credentials is None:
            return None
        signed = self.signed.replace(b"\n", b"")
        digest = sha256(url.encode() + signed + credentials["key"].encode())
        return f"{credentials['apiId']}:{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Leg:
    """What one call is, in the provider's words: digits alone, and the ids of the masking session and the call."""

    caller: str
    dialled: str
    nm_correlation_id: str
    correlation_id: str

    def callback(self, typed: str | None = None) -> Webhook:
        """The question what shall become of it; ``typed`` are the digits captured, in place of the caller."""
        members: dict[str, Any] = {
            "from": self.caller if typed is None else typed,
            "to": self.dialled,
            "nmCorrelationId": self.nm_correlation_id,
            "correlationId": self.correlation_id,
        }
        if typed is not None:
            members["dtmfCaptured"] = True
        body = _text(members.items())
        return Webhook(body, body)

    def report(self, answer: Mapping[str, Any], status: str, seconds: int, recording_id: str) -> Webhook:
        """How it went, after the last answer to its callbacks; ``recording_id`` is empty without a recording.

        Spelled as published, a number as a text and a member that stands twice included.
        """
        ringing = datetime.now(UTC) - timedelta(seconds=seconds)
        answered = f"{ringing:%Y-%m-%d %H:%M:%S}" if seconds else None
        members: list[tuple[str, Any]] = [
            ("action", answer.get("command")),
            ("from", self.caller),
            ("to", self.dialled),
            ("transferTo", answer.get("phoneNumber")),
            ("duration", str(seconds)),
            ("status", status),
            ("fileId", answer.get("fileId")),
            ("fileUrl", answer.get("fileUrl")),
            ("nmCorrelationId", self.nm_correlation_id),
            ("inboundDuration", seconds),
            ("calculatedDuration", seconds),
            ("pricePerSecond", _PRICE),
            ("currency", "EUR"),
            ("ringingTime", f"{ringing:%Y-%m-%d %H:%M:%S}"),
            ("answeredTime", answered),
            ("correlationId", self.correlation_id),
            ("inboundDuration", str(seconds)),
        ]
        if recording_id:
            announced = answer["recording"].get("recordCalleeAnnouncement", True)
            members += [("recordingFileId", recording_id), ("recordCalleeAnnouncement", announced)]
            members += [("recordingStatus", "HOSTED")]
        if answer.get("clientReferenceId"):
            members += [("clientReferenceId", answer["clientReferenceId"])]
        return Webhook(_text(members), _text(member for member in members if member[0] not in _UNSIGNED))


def _text(members: Iterable[tuple[str, Any]]) -> bytes:
    pairs = (f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in members)
    return ("{" + ",".join(pairs) + "}").encode()
