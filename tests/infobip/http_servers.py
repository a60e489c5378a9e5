"""HTTP servers of a test: an edge over its own services, and a receiver that answers by a script."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from adapters.composition import Services
from adapters.settings import Settings
from webhook_edge.app import create_app


class Receiver(ThreadingHTTPServer):
    """Notes what is posted to it, and answers as ``script`` says: a status, and a document."""

    daemon_threads = True

    def __init__(self, script: Callable[[str, dict[str, Any]], tuple[int, Any]]) -> None:
        self.script = script
        self.posted: list[tuple[str, str | None, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Receiving)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Receiving(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, self.headers["Authorization"], body))
        status, document = self.server.script(self.path, json.loads(body))
        answer = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Edge(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running(server: WSGIServer | ThreadingHTTPServer) -> Iterator[None]:
    """Serve from a thread while the block runs."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def edge_for(services: Services, settings_at: Callable[[str], Settings]) -> Iterator[str]:
    """The base URL of an edge over these services, whose settings are made for it."""
    server = _Edge(("127.0.0.1", 0), _Silent)
    base_url = f"http://127.0.0.1:{server.server_port}"
    server.set_app(create_app(services, settings_at(base_url)))
    with running(server):
        yield base_url
