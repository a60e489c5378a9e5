"""A small TCP proxy that breaks connections at a chosen moment."""

import socket
import threading
from contextlib import suppress

from support.ports import free_ports

_CHUNK = 65_536


class TcpProxy:
    """Forwards to a port of the loopback interface; told to, it cuts a connection at what the client says."""

    def __init__(self, port: int) -> None:
        self._target = port
        # Not one that the system gives out: somebody else would get it while this one is cut off.
        self._listener = socket.create_server(("127.0.0.1", free_ports(1)[0]))
        self.port: int = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._word = b""
        self._forward_it = False
        self._cuts_left = 0
        self._forwards = threading.Event()
        self._forwards.set()
        self.cuts = 0
        self._listen()

    def cut(self, word: bytes, *, forward: bool, times: int = 1) -> None:
        """Cut the next connections whose client says ``word``, which the server hears only with ``forward``."""
        self._word, self._forward_it, self._cuts_left = word, forward, times

    def freeze(self) -> None:
        """Forward nothing more, and say nothing either, on the connections there are and on new ones."""
        self._forwards.clear()

    def thaw(self) -> None:
        """Forward again, first what was held back."""
        self._forwards.set()

    def half_close(self) -> None:
        """Tell every client that nothing more comes, and go on listening to the client."""
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)

    def cut_off(self) -> None:
        """Break every connection, and refuse new ones."""
        self.close()
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._clients.clear()

    def let_in(self) -> None:
        """Accept connections again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._clients.append(client)
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except ConnectionRefusedError:
                    client.close()
                    continue
                threading.Thread(target=self._from_client, args=(client, server), daemon=True).start()
                threading.Thread(target=self._from_server, args=(client, server), daemon=True).start()

    def _from_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                if self._cuts_left and self._word in data:
                    self._cut(client, server, data)
                    return
                self._forwards.wait()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _cut(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        self._cuts_left -= 1
        self.cuts += 1
        client.shutdown(socket.SHUT_RDWR)
        if self._forward_it:
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        else:
            server.shutdown(socket.SHUT_RDWR)

    def _from_server(self, client: socket.socket, server: socket.socket) -> None:
        """Read all the server says even when the client is gone, so that the server does what it was told."""
        with suppress(OSError):
            while data := server.recv(_CHUNK):
                self._forwards.wait()
                with suppress(OSError):
                    client.sendall(data)
        for each in (client, server):
            each.close()
