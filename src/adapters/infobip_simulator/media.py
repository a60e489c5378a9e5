"""What callers hear and what was recorded: the files of an account."""

import base64
import binascii
import re
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.infobip_simulator.refusals import invalid, missing

_MAX_AUDIO: Final = 4 * 1024 * 1024
_RATE: Final = 8_000
_URL: Final = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True, slots=True)
class Recording:
    """What was said in one call, as a WAV file; ``reference`` is the call's clientReferenceId."""

    file_id: str
    dialog_id: str
    reference: str
    data: bytes = field(repr=False)
    seconds: int
    start: datetime

    def document(self) -> dict[str, Any]:
        """The recording as the list of dialogs shows it."""
        end = self.start + timedelta(seconds=self.seconds)
        file = {
            "id": self.file_id,
            "name": f"{self.reference or self.dialog_id}.wav",
            "fileFormat": "WAV",
            "size": len(self.data),
            "creationTime": _shown(end),
            "duration": self.seconds,
            "startTime": _shown(self.start),
            "endTime": _shown(end),
            "location": "HOSTED",
        }
        return {
            "dialogId": self.dialog_id,
            "platform": {"applicationId": "NUMBER_MASKING"},
            "composedFiles": [file],
            "callRecordings": [],
            "startTime": _shown(self.start),
            "endTime": _shown(end),
        }


class Media:
    """The files of one account. Whoever calls holds the account's lock."""

    def __init__(self) -> None:
        """Begin with none."""
        self.audio: dict[str, bytes | str] = {}
        self.recordings: dict[str, Recording] = {}

    def upload(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Keep an mp3, posted or to be fetched from a URL; the same again is another file."""
        url, content = body.get("url"), body.get("content")
        if (url is None) == (content is None):
            raise invalid("url", "exactly one of url and content must be given")
        file_id = str(uuid.uuid4())
        if url is not None:
            if not _URL.fullmatch(str(url)):
                raise invalid("url", "must be a valid URL")
            self.audio[file_id] = str(url)
        else:
            self.audio[file_id] = _mp3(str(content))
        return {"fileId": file_id}

    def record(self, reference: str, seconds: int) -> str:
        """Keep a recording, silent all through, and return its file's id."""
        file_id, dialog_id = str(uuid.uuid4()), str(uuid.uuid4())
        start = datetime.now(UTC) - timedelta(seconds=seconds)
        self.recordings[file_id] = Recording(file_id, dialog_id, reference, _silence(seconds), seconds, start)
        return file_id

    def list_recordings(self, page: int, size: int) -> dict[str, Any]:
        """A page of the recordings, the first is 0."""
        if page < 0 or not 1 <= size <= 100:  # noqa: PLR2004 the API's limit
            raise invalid("size", "must be between 1 and 100")
        every = sorted(self.recordings.values(), key=lambda recording: recording.start)
        paging = {"page": page, "size": size, "totalPages": -(-len(every) // size), "totalResults": len(every)}
        shown = every[page * size : (page + 1) * size]
        return {"results": [recording.document() for recording in shown], "paging": paging}

    def recording(self, file_id: str) -> Recording:
        """The recording of this id."""
        if file_id not in self.recordings:
            raise missing("Recording file")
        return self.recordings[file_id]

    def delete_recording(self, file_id: str) -> dict[str, Any]:
        """Forget a recording, and tell what it was."""
        document = self.recording(file_id).document()["composedFiles"][0]
        del self.recordings[file_id]
        return dict(document)


def _mp3(content: str) -> bytes:
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("content", "must be base64") from None
    if len(data) > _MAX_AUDIO:
        raise invalid("content", "file must not be larger than 4 MB")
    if not (data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0)):  # noqa: PLR2004 an mp3's first bits
        raise invalid("content", "file must be an mp3")
    return data


def _silence(seconds: int) -> bytes:
    length = seconds * _RATE
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE, 1, 8)
    samples = struct.pack("<4sI", b"data", length) + b"\x80" * length
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(samples), b"WAVE") + form + samples


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+00:00"
