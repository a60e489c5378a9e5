"""Recordings of calls, as Infobip keeps them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Final
from urllib.parse import quote

import httpx

from adapters.infobip.errors import InfobipError, unreadable
from adapters.infobip.transport import Ask, Transport
from masking_core.errors import InvalidArgument, MaskingError, NotFound, ProviderRefused, ProviderUnavailable
from masking_core.ports.recordings import OpenedRecording

_CHUNK: Final = 64 * 1024
_NOT_FOUND: Final = 404
_WHAT: Final = "a recording"
_CONTENT_RANGE: Final = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class InfobipRecordings:
    """The recordings of one account. Port: ``RecordingFiles``."""

    def __init__(self, transport: Transport) -> None:
        """Take the connection."""
        self._transport = transport

    @contextmanager
    def open(self, file_id: str, offset: int) -> Iterator[OpenedRecording]:
        """See ``RecordingFiles``."""
        # Compressed on its way, neither offset nor size would be those of the file.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        try:
            with self._transport.opened(Ask(_WHAT, "GET", _path(file_id)), headers) as answer:
                yield _opened(answer, file_id, offset)
        except InfobipError as error:
            raise _told(error, file_id) from None

    def delete(self, file_id: str) -> None:
        """See ``RecordingFiles``."""
        try:
            self._transport.ask(Ask("the removal of a recording", "DELETE", _path(file_id)))
        except InfobipError as error:
            if error.status != _NOT_FOUND:
                raise _told(error, file_id) from None


def _path(file_id: str) -> str:
    return f"/calls/1/recordings/files/{quote(file_id, safe='')}"


def _opened(answer: httpx.Response, file_id: str, offset: int) -> OpenedRecording:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise unreadable(_WHAT)
    if answer.status_code == httpx.codes.OK:
        # Ranges need not be understood: then the whole recording comes.
        size = int(answer.headers.get("Content-Length", 0))
        _check_offset(offset, size)
        return OpenedRecording(size, _read(_without(answer.iter_raw(_CHUNK), offset), file_id))
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    size = int(match[2]) if match is not None and match[2] != "*" else 0
    if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and size:
        _check_offset(offset, size)
        return OpenedRecording(size, iter(()))
    if answer.status_code != httpx.codes.PARTIAL_CONTENT or match is None or match[1] != str(offset):
        raise unreadable(_WHAT)
    return OpenedRecording(size, _read(answer.iter_raw(_CHUNK), file_id))


def _check_offset(offset: int, size: int) -> None:
    if size and offset > size:
        raise InvalidArgument("offset", f"lies past the end of the recording, which has {size} bytes")


def _without(chunks: Iterator[bytes], offset: int) -> Iterator[bytes]:
    """What follows the first ``offset`` bytes."""
    for chunk in chunks:
        if offset < len(chunk):
            return chain((chunk[offset:],), chunks)
        offset -= len(chunk)
    return iter(())


def _read(chunks: Iterator[bytes], file_id: str) -> Iterator[bytes]:
    try:
        yield from chunks
    except httpx.HTTPError as error:
        raise ProviderUnavailable(f"recording {file_id} broke off ({type(error).__name__})") from None


def _told(error: InfobipError, file_id: str) -> MaskingError:
    if error.status == _NOT_FOUND:
        return NotFound("recording", file_id)
    return ProviderUnavailable(str(error)) if error.passing else ProviderRefused(str(error))
