"""TLS before a Redis server that is built without it."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from support.redis_proxy import commands, read_value


class TlsFront:
    """Listens with a certificate on a port of its own, and passes commands on to a server in the clear."""

    def __init__(self, server: int, certificate: Path, key: Path) -> None:
        self._server = server
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with (
            plain,
            suppress(OSError, EOFError),
            self._context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self._server)) as server,
            client.makefile("rb") as asked,
            server.makefile("rb") as told,
        ):
            for _, raw in commands(asked):
                server.sendall(raw)
                client.sendall(read_value(told))
