"""The stand-in's HTTP server."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.infobip_simulator.account import Account
from adapters.infobip_simulator.api import Answer, Api, Request, refused
from adapters.infobip_simulator.calls import STATUSES, CallNetwork
from adapters.infobip_simulator.faults import Fault, Faults
from adapters.infobip_simulator.refusals import Refusal, invalid

_MAX_BODY: Final = 8 * 1024 * 1024
_CALLS: Final = "/simulator/calls"
_NUMBERS: Final = "/simulator/numbers"


class Simulator(ThreadingHTTPServer):
    """Infobip's API at ``address`` for whoever has ``key``, and beside it what an operator has no API for.

    ``POST /simulator/calls`` places a call (``from``, ``to``, ``digits``, ``status``) and tells what
    became of it, ``GET`` lists those placed; ``POST /simulator/numbers`` rents numbers, ``DELETE`` gives
    them back. These ask for the key too, and no fault meets them.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], key: str, account: Account | None = None) -> None:
        """Listen; port 0 takes a free one."""
        self.account = account or Account()
        self.network = CallNetwork(self.account)
        self.faults = Faults()
        self._api = Api(self.account, key)
        super().__init__(address, _Handler)

    @property
    def base_url(self) -> str:
        """Where the API is."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_close(self) -> None:
        """Close the port and the network's connections."""
        super().server_close()
        self.network.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that goes away."""
        del request, client_address

    def answered(self, request: Request) -> Answer | None:
        """The answer to a request, or None for a connection that breaks."""
        if request.path.startswith("/simulator/"):
            return self._operated(request)
        fault = self.faults.next(f"{request.method} {request.path}")
        if fault is Fault.DROPPED_BEFORE:
            return None
        if fault is Fault.TOO_MANY:
            return refused(Refusal(429, "Too many requests"), {"Retry-After": str(self.faults.retry_after)})
        if fault is Fault.BROKEN_BEFORE:
            return refused(Refusal(500, "Something went wrong"))
        answer = self._api.answer(request)
        if fault is Fault.BROKEN_AFTER:
            return refused(Refusal(500, "Something went wrong"))
        return None if fault is Fault.DROPPED_AFTER else answer

    def _operated(self, request: Request) -> Answer:
        try:
            self._api.check_key(request)
            return self._operation(request)
        except Refusal as refusal:
            return refused(refusal)

    def _operation(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", _CALLS):
            return Answer(200, {"calls": [call.document() for call in self.network.placed]})
        document = request.document()
        if (request.method, request.path) == ("POST", _CALLS):
            status = document.get("status", "answered")
            if status not in STATUSES:
                raise invalid("status", f"must be one of {', '.join(STATUSES)}")
            digits = [str(each) for each in document.get("digits", ())]
            caller, dialled = str(document.get("from", "")), str(document.get("to", ""))
            return Answer(200, self.network.place(caller, dialled, digits=digits, status=status).document())
        numbers = [str(each) for each in document.get("numbers", ())]
        if (request.method, request.path) == ("POST", _NUMBERS):
            self.account.rent(numbers, str(document.get("country", "GB")), tags=tuple(document.get("tags", ())))
        elif (request.method, request.path) == ("DELETE", _NUMBERS):
            for number in numbers:
                self.account.cancel(number)
        else:
            raise Refusal(404, "Resource not found")
        return Answer(204)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Simulator

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BODY:
            self.close_connection = True
            self._send(refused(Refusal(400, "Request body is too large")))
            return
        request = Request(
            self.command,
            unquote(parts.path),
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        answer = self.server.answered(request)
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 names of the base class

    def _send(self, answer: Answer) -> None:
        body = answer.body()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class's name
        """Say nothing: requests have numbers in them."""
        del format, args


@contextmanager
def serving(simulator: Simulator) -> Iterator[Simulator]:
    """Serve from a thread of this process while the block runs."""
    thread = Thread(target=simulator.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.shutdown()
        thread.join()
        simulator.server_close()
