"""The worker process: a crew that no client can hold up, under gunicorn's care."""

import errno
import logging
import select
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

from adapters.logs import trace_of
from webhook_edge.admission import Admission, ShedLog
from webhook_edge.connection import Connection
from webhook_edge.connections import Connections
from webhook_edge.crew import Crew
from webhook_edge.framing import is_plain
from webhook_edge.infobip import CALLBACK_PATH
from webhook_edge.listening import allow_files, bound_buffers, refuse_newcomers
from webhook_edge.plain_http import PlainHttp
from webhook_edge.refusals import TOO_BUSY, refusal, status_of

_log = logging.getLogger(__name__)

ENDING: Final = (signal.SIGTERM, signal.SIGQUIT)
"""What a master says to a worker that shall end."""

_LAST_ARRIVALS: Final = 0.2
"""Seconds that a stopping worker waits for the connections that are just being made."""

_ACCEPTS: Final = 64
"""Connections that are accepted before those that are there are looked at again."""

_CALLBACK: Final = f"POST {CALLBACK_PATH} ".encode()

_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_NOBODY: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)


class EdgeWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker with other threads: the original gives one to whoever sends a byte.

    What the original does in its main thread, a crew does, whose ``Post`` this is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See gunicorn."""
        super().__init__(*args, **kwargs)
        self._limits = self.app.settings
        self._shed = ShedLog()
        self._connections: Connections
        self._plain: PlainHttp
        self.tpool: Crew
        self.alive: bool

    def init_process(self) -> None:
        """See gunicorn."""
        allow_files(self._limits.edge_connections)
        super().init_process()

    def get_thread_pool(self) -> Crew:
        """The threads that answer."""
        limits = self._limits
        admission = partial(Admission, limits.edge_queue, limits.edge_queue_ms / 1_000)
        return Crew(self, limits.edge_threads, admission, self.app.recording)

    def init_signals(self) -> None:
        """Leave Ctrl-C, which a terminal sends to every process, to the master: it has the workers finish."""
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """See gunicorn."""
        super().handle_exit(sig, frame)
        self.tpool.relief.stir()

    def run(self) -> None:
        """See gunicorn."""
        limits = self._limits
        self._connections = Connections(self.poller, limits, self._admit)
        many = self.cfg.workers > 1
        self._plain = PlainHttp(self.wsgi, limits.edge_max_headers, many_processes=many)
        for listener in self.sockets:
            bound_buffers(listener.sock)
        self.tpool.start()
        super().run()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """See gunicorn. The main thread has the connections only once the worker ends."""
        if self.alive:
            self.tpool.watch(timeout)
        else:
            self.turn(timeout)
            self.tpool.hand_over()

    def turn(self, seconds: float) -> None:
        """See ``Post``."""
        super().wait_for_and_dispatch_events(seconds)
        self._connections.part_with_the_slow()
        # gunicorn's loop goes by the number of connections when the worker ends.
        self.nr_conns = self._connections.count

    def accept(self, listener: Any) -> None:
        """Take who is at the door; the connection that keeps us waiting longest makes room."""
        for _ in range(_ACCEPTS):
            try:
                accepted, client = listener.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED and self._connections.make_room():
                    continue
                if error.errno in (*_EXHAUSTED, *_NOBODY):
                    break
                raise
            if self._connections.count >= self._limits.edge_connections:
                self._connections.make_room()
            self._connections.add(accepted, client, listener.getsockname())

    def murder_pending(self) -> None:
        """Tell of those who were turned away."""
        self._shed.tell()

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 gunicorn's signature
        """Close the kept connections when all is over."""
        if force:
            self._connections.close_idle(0.0)

    def _cap_keepalive(self, deadline: float) -> None:
        self._connections.close_idle(deadline - time.monotonic())

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 gunicorn's signature
        """Accept or not; a stopping worker takes who is at the door already, then closes it."""
        if not enabled:
            self.tpool.take_over()
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in [listener for listener in self.sockets if listener.sock is not None]:
            wait = _LAST_ARRIVALS if refuse_newcomers(listener.sock) else 0.0
            while select.select([listener], [], [], wait)[0]:
                self.accept(listener)
            listener.close()
        # gunicorn looks at it before the next turn, and would leave who was taken just now.
        self.nr_conns = self._connections.count

    def is_parent_alive(self) -> bool:
        """Whether somebody looks after this worker; one that is alone stops as if it were told to."""
        self.alive = self.alive and super().is_parent_alive()
        return bool(self.alive)

    def answer(self, connection: Connection, *, in_time: bool) -> bool:
        """See ``Post``."""
        return self._answered(connection) if in_time else _shed(connection)

    def send(self, connection: Connection) -> None:
        """See ``Post``."""
        try:
            connection.flush()
        except OSError:
            return  # the leader meets it again

    def finish(self, connection: Connection, goes_on: bool) -> None:  # noqa: FBT001 called by position
        """See ``Post``."""
        self._connections.finish(connection, goes_on)

    def have_leader(self, do: Callable[..., None], *given: Any) -> None:
        """See ``Post``."""
        self.method_queue.defer(do, *given)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what is no HTTP like everything else: in one line of JSON, and with nothing of it in the log."""
        del req, addr
        status, sentence = status_of(exc), "the request is not acceptable HTTP"
        if status.startswith("5"):
            sentence = "something went wrong here; the log says what"
            _log.error("a request ended in an unexpected %s", trace_of(exc))
        else:
            _log.info("refused a request that is not acceptable HTTP: %s", type(exc).__name__)
        client.sendall(refusal(status, sentence))

    def _admit(self, connection: Connection) -> None:
        """Have a whole request answered, and those turned away for whom there is no time left."""
        for shed in self.tpool.admit(connection, is_callback=connection.request.startswith(_CALLBACK)):
            self.finish(shed, _shed(shed))

    def _answered(self, connection: Connection) -> bool:
        """Answer a request that is in time; whether the connection may go on after that."""
        try:
            environ = self._plain.environ(connection.request, connection.client, connection.server)
            if environ is None:
                return self._answered_by_gunicorn(connection)
            goes_on = self.alive and self._limits.edge_idle_seconds > 0
            connection.sendall(self._plain.answer(environ, closing=not goes_on))
        except StopIteration:  # there is nothing to answer, or gunicorn has given the connection up
            return False
        except Exception as error:  # noqa: BLE001 whatever it is, the thread goes on
            self.handle_error(None, connection, None, error)
            return False
        return goes_on

    def _answered_by_gunicorn(self, connection: Connection) -> bool:
        parser = connection.parser(self.cfg)
        goes_on = self.handle_request(next(parser), connection) and not connection.cut
        # Both who framed the request and who parsed it must have found the same end.
        return bool(goes_on and parser.finish_body() and not parser.unreader.read())


def _shed(connection: Connection) -> bool:
    """Turn a request away that nobody has parsed; whether the connection may go on after that."""
    goes_on = is_plain(connection.request) and not connection.cut and not connection.begun
    connection.sendall(TOO_BUSY[not goes_on])
    return goes_on
