"""One client's connection, which the loop and a thread have in turn, so that no thread waits for a client.

The loop reads, and gives a thread whole requests alone. The thread writes into memory, and what the
client does not take at once the loop sends on.
"""

import socket
from typing import Any, Final

from gunicorn.http.parser import RequestParser

from webhook_edge.framing import Framing

_AT_ONCE: Final = 65_536
"""Bytes that are read at once, and past which nothing is read ahead of a request that is being answered."""

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection:
    """What arrived and what is to be sent. It stands in for the socket where gunicorn writes an answer."""

    __slots__ = (
        "_max_body",
        "_max_head",
        "_received",
        "_socket",
        "_told",
        "_unsent",
        "busy",
        "client",
        "cut",
        "ended",
        "framing",
        "goes_on",
        "gone",
        "place",
        "request",
        "server",
        "watched",
    )

    def __init__(self, accepted: socket.socket, client: Any, server: Any, max_head: int, max_body: int) -> None:
        """Take a socket, the addresses of its ends, and how many bytes the parts of a request may have."""
        accepted.setblocking(False)
        self._socket = accepted
        self._received = bytearray()
        self._unsent = bytearray()
        self._max_head, self._max_body = max_head, max_body
        self._told = False
        self.client, self.server = client, server
        self.framing = Framing(max_head, max_body)
        self.request = b""
        self.cut = self.busy = self.ended = self.gone = self.goes_on = False
        self.place: dict[Connection, float] = {}
        self.watched: tuple[int, object] | None = None

    @property
    def sock(self) -> "Connection":
        """What gunicorn's handler writes to."""
        return self

    @property
    def begun(self) -> bool:
        """Whether some of a request that nobody answers yet is there."""
        return bool(self._received)

    @property
    def full(self) -> bool:
        """Whether so much has come in ahead that no more should be read."""
        return len(self._received) >= _AT_ONCE

    @property
    def to_send(self) -> bool:
        """Whether the client has not taken everything yet."""
        return bool(self._unsent)

    def fileno(self) -> int:
        """See ``socket.fileno``."""
        return self._socket.fileno()

    def receive(self) -> None:
        """Read what is there. Raises BlockingIOError for nothing, and OSError when the connection broke."""
        data = self._socket.recv(_AT_ONCE)
        self.ended = not data
        self._received += data

    def find_request(self) -> bool:
        """Whether a request is whole; ``request`` is it then. Raises HeadTooLong."""
        if not self._received:
            return False
        end = self.framing.end(self._received)
        if end is None:
            if self.framing.expects and not self._told:
                self._told = True
                self._unsent += _CONTINUE
            return False
        self.request = bytes(memoryview(self._received)[:end])
        del self._received[:end]
        self.cut = self.framing.cut
        self.framing = Framing(self._max_head, self._max_body)
        self._told = False
        return True

    def parser(self, config: Any) -> Any:
        """The parser of the request, gunicorn's, which sees its bytes and no others."""
        return RequestParser(config, iter((self.request,)), self.client)

    def sendall(self, data: bytes) -> None:
        """Have this sent."""
        self._unsent += data

    def send(self, data: bytes) -> int:
        """Nothing: gunicorn sends its 100 Continue this way, which the loop has sent if it was waited for."""
        return len(data)

    def flush(self) -> None:
        """Send as much as the client takes now. Raises OSError when the connection broke."""
        if self._unsent:
            try:
                sent = self._socket.send(self._unsent)
            except BlockingIOError:
                return
            del self._unsent[:sent]

    def shut(self) -> None:
        """Tell the client that nothing more will be sent. Raises OSError."""
        self._socket.shutdown(socket.SHUT_WR)

    def discard(self) -> None:
        """Read what is there, and forget it. Raises as ``receive`` does."""
        self.ended = not self._socket.recv(_AT_ONCE)

    def end(self) -> None:
        """Close the socket."""
        self._socket.close()

    def shutdown(self, how: int) -> None:
        """Refuse: gunicorn closes so what it gives up in the midst of an answer, and the loop does that."""
        raise OSError(how)

    def close(self) -> None:
        """Nothing, likewise."""
