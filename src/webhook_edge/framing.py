"""Where one request ends in what a client sends: no thread is given to a request before all of it is there.

What is framed here is read by gunicorn's strict parser all the same. Whatever is odd is handed to that
as far as it goes, for it to refuse: the two never have to guess alike.
"""

import re
from dataclasses import dataclass
from typing import Final

_FRAMING: Final = re.compile(rb"\r\n(content-length|transfer-encoding|expect)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"([0-9a-f]{1,8})(?:;[^\r\n]*)?\r\n", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"[0-9]{1,9}")
_LONGEST_CHUNK_LINE: Final = 256
_PLAIN: Final = re.compile(
    rb"[A-Z]+ [!-~]+ HTTP/1\.1"
    rb"(?:\r\n(?!connection:|transfer-encoding:|expect:|upgrade:)[\w!#$%&'*+.^`|~-]+:[^\r\n\0]*)*\r\n\r\n",
    re.IGNORECASE,
)
_END_OF_HEAD: Final = b"\r\n\r\n"


class HeadTooLong(ValueError):
    """The head of a request has more bytes than it may have."""


@dataclass(slots=True)
class Framing:
    """Follows one request while its bytes come in.

    ``expects`` tells that the client waits for a word before it sends the body, ``cut`` that nobody
    can say where the request ends, so that nothing may follow it.
    """

    max_head: int
    max_body: int
    expects: bool = False
    cut: bool = False
    _searched: int = 0
    _body_at: int = 0
    _end: int = 0
    _chunk_at: int = 0
    _in_chunks: int = 0

    def end(self, received: bytearray) -> int | None:
        """How many of these bytes are the request, or as much of it as matters; None while more are to come.

        Raises HeadTooLong. A body that is longer than it may be is not waited for.
        """
        if not self._body_at and not self._find_head(received):
            return None
        if self._chunk_at:
            return self._end_of_chunks(received)
        return self._end if len(received) >= self._end else None

    def _find_head(self, received: bytearray) -> bool:
        at = received.find(_END_OF_HEAD, self._searched)
        if at > self.max_head or (at < 0 and len(received) > self.max_head):
            raise HeadTooLong
        if at < 0:
            self._searched = max(len(received) - len(_END_OF_HEAD) + 1, 0)
            return False
        self._body_at = self._end = at + len(_END_OF_HEAD)
        lengths: list[bytes] = []
        codings: list[bytes] = []
        for name, value in _FRAMING.findall(received, 0, at):
            kind = name.lower()
            if kind == b"expect":
                self.expects = True
            else:
                (lengths if kind == b"content-length" else codings).append(value.strip())
        if len(lengths) == 1 and not codings and _LENGTH.fullmatch(lengths[0]):
            length = int(lengths[0])
            self.cut = length > self.max_body
            self._end += 0 if self.cut else length
        elif not lengths and len(codings) == 1 and codings[0].lower() == b"chunked":
            self._chunk_at = self._body_at
        else:
            self.cut = bool(lengths or codings)
        return True

    def _end_of_chunks(self, received: bytearray) -> int | None:
        """Behind the last chunk and its trailers, or all there is when no good end can be reached any more."""
        while True:
            line = _CHUNK.match(received, self._chunk_at)
            if line is None:
                broken = len(received) - self._chunk_at > _LONGEST_CHUNK_LINE or b"\n" in received[self._chunk_at :]
                return self._cut(received) if broken else self._unless_endless(received)
            size = int(line[1], 16)
            if size == 0:
                # The empty line that ends the trailers is behind them, or behind the last chunk's own line.
                at = received.find(_END_OF_HEAD, line.end() - 2)
                return self._unless_endless(received) if at < 0 else at + len(_END_OF_HEAD)
            if self._in_chunks + size > self.max_body:
                enough = line.end() + self.max_body - self._in_chunks + 1
                return self._cut(received) if len(received) >= enough else self._unless_endless(received)
            if len(received) < line.end() + size + 2:
                return self._unless_endless(received)
            self._in_chunks += size
            self._chunk_at = line.end() + size + 2

    def _unless_endless(self, received: bytearray) -> int | None:
        """None, for more to come, unless what came is too much already."""
        endless = len(received) - self._body_at > 2 * self.max_body + self.max_head
        return self._cut(received) if endless else None

    def _cut(self, received: bytearray) -> int:
        self.cut = True
        return len(received)


def is_plain(request: bytes) -> bool:
    """Whether a framed request that nobody has parsed is so plain that another may follow it."""
    return _PLAIN.match(request) is not None
