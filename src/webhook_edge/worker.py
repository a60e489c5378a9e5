"""The worker process: gunicorn's threads, which no client can hold up and no shutdown cuts off."""

import logging
import select
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_RD, SHUT_WR, socket
from typing import Any, Final

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from webhook_edge.failures import error_line
from webhook_edge.listening import refuse_newcomers
from webhook_edge.logs import trace_of

_log = logging.getLogger(__name__)

_FIRST_BYTE: Final = 10.0
"""Seconds that a new connection may say nothing. It has no thread meanwhile."""

_REQUEST: Final = 10.0
"""Seconds that a request may take to arrive. It has a thread from its first byte on."""

_FAREWELL: Final = 2.0
"""Seconds that a client has to read its last answer and close its end. No thread waits for it."""

ENDING: Final = (signal.SIGTERM, signal.SIGQUIT)
"""What a master says to a worker that shall end."""

_LAST_ARRIVALS: Final = 0.2
"""Seconds that a stopping worker waits for the connections that are just being made."""

_REFUSALS: Final = (
    (errors.LimitRequestLine, "414 URI Too Long"),
    (errors.LimitRequestHeaders, "431 Request Header Fields Too Large"),
    (errors.ExpectationFailed, "417 Expectation Failed"),
    (errors.ConfigurationProblem, "500 Internal Server Error"),
    (errors.ParseException, "400 Bad Request"),
)


class EdgeWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, which otherwise lets its one accepting loop wait for clients."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See gunicorn."""
        super().__init__(*args, **kwargs)
        self._deadlines: dict[TConn, float] = {}
        self._leaving: dict[TConn, float] = {}
        self.alive: bool

    def init_signals(self) -> None:
        """Leave Ctrl-C, which a terminal sends to every process, to the master: it has the workers finish."""
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection a thread, a new one once it has something to say."""
        if conn.initialized or conn.data_ready:
            self._deadlines[conn] = time.monotonic() + _REQUEST
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + _FIRST_BYTE
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Take a connection back from its thread, to keep it or to part with it."""
        self._deadlines.pop(conn, None)
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._part(conn)

    def murder_pending(self) -> None:
        """Close what said nothing, stop reading what arrives too slowly, drop what does not leave.

        A request that has arrived whole is answered, however long that takes.
        """
        super().murder_pending()
        for conn in _overdue(self._deadlines):
            with suppress(OSError):
                conn.sock.shutdown(SHUT_RD)
        for conn in _overdue(self._leaving):
            self._drop(conn)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 gunicorn's signature
        """Accept or not; a stopping worker takes who is at the door already, then closes it."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in [listener for listener in self.sockets if listener.sock is not None]:
            wait = _LAST_ARRIVALS if refuse_newcomers(listener.sock) else 0.0
            while select.select([listener], [], [], wait)[0]:
                self.accept(listener)
            listener.close()

    def is_parent_alive(self) -> bool:
        """Whether somebody looks after this worker; one that is alone stops as if it were told to."""
        self.alive = self.alive and super().is_parent_alive()
        return bool(self.alive)

    def handle_error(self, req: Any, client: socket, addr: Any, exc: Exception) -> None:
        """Answer what is no HTTP like everything else: in one line of JSON, and with nothing of it in the log."""
        del req, addr
        status = next((status for kind, status in _REFUSALS if isinstance(exc, kind)), "500 Internal Server Error")
        sentence = "the request is not acceptable HTTP"
        if status.startswith("5"):
            sentence = "something went wrong here; the log says what"
            _log.error("a request ended in an unexpected %s", trace_of(exc))
        else:
            _log.info("refused a request that is not acceptable HTTP: %s", type(exc).__name__)
        body = error_line(sentence)
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        with suppress(OSError):
            write_nonblock(client, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _part(self, conn: TConn) -> None:
        """Close our end, and all of it once the client has closed its own: at once could cut the answer."""
        try:
            conn.sock.shutdown(SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._leaving[conn] = time.monotonic() + _FAREWELL
        self.poller.register(conn.sock, EVENT_READ, partial(self._read_on, conn))

    def _read_on(self, conn: TConn, client: socket) -> None:
        try:
            gone = not client.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            del self._leaving[conn]
            self._drop(conn)

    def _drop(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def _overdue(deadlines: dict[TConn, float]) -> Iterator[TConn]:
    """Take out the connections past their deadlines, which stand in order."""
    now = time.monotonic()
    while deadlines:
        conn = next(iter(deadlines))
        if deadlines[conn] > now:
            return
        del deadlines[conn]
        yield conn
