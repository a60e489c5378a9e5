"""The operations listener: what probes and monitoring ask of a process, apart from what the world can reach.

It has threads of its own, so that it answers however busy the process is.
"""

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, cast

_JSON: Final = "application/json"
_PATIENCE: Final = 5.0
"""Seconds that a client may take for its request."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered."""

    body: bytes
    status: int = 200
    content_type: str = _JSON


Pages = Mapping[str, Callable[[], Page]]
"""By path, what makes each answer, called in a thread of its own; it must not raise."""


class OperationsServer:
    """Serves pages over HTTP. Several processes may listen at one address; the system has one of them answer."""

    def __init__(self, address: str, pages: Pages) -> None:
        """Listen at ``host:port`` without answering yet. Raises OSError."""
        host, _, port = address.rpartition(":")
        self._server = _Server((host.strip("[]"), int(port)), pages)
        self._thread = Thread(target=self._server.serve_forever, name="operations", daemon=True)

    @property
    def port(self) -> int:
        """The port, chosen by the system when the address names port 0."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer from here on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], pages: Pages) -> None:
        self.pages = pages
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler, bind_and_activate=False)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.server_bind()
            self.server_activate()
        except OSError:
            self.server_close()
            raise

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is nobody's matter, and nothing of a request is for the log."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server_version, sys_version = "masking", ""

    def do_GET(self) -> None:
        make = cast("_Server", self.server).pages.get(self.path.partition("?")[0])
        page = Page(b'{"error":"there is nothing here"}', status=404) if make is None else make()
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(page.body)

    do_HEAD = do_GET  # noqa: N815 likewise

    def log_message(self, *_: object) -> None:
        """Log nothing: probes come each second."""
