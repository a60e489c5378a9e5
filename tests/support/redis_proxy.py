"""A TCP proxy before a Redis server, which knows commands: it notes them, and cuts everything off at a chosen one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from typing import BinaryIO

_GREETINGS = frozenset({b"HELLO", b"CLIENT", b"SELECT", b"AUTH"})
_READS = frozenset(
    {b"GET", b"MGET", b"HGET", b"HMGET", b"HGETALL", b"HEXISTS", b"HKEYS", b"HLEN", b"ZCARD", b"SMEMBERS", b"ZRANGE"}
    | {b"ZRANGEBYSCORE", b"ZRANGEBYLEX", b"ZREVRANGEBYLEX", b"EVALSHA_RO", b"EVAL_RO", b"INFO", b"CONFIG", b"WAIT"}
    | {b"XRANGE", b"XREVRANGE"}
)


class Cut(Enum):
    """What happens at the chosen command."""

    DEATH = "the command does not reach the server, and nobody is let in any more"
    LOST_REPLY = "the command reaches the server, its reply is lost with the connection, and life goes on"


class RedisProxy:
    """Listens on a port of its own and passes on to a server; ``commands`` are what it passed on."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.commands: list[bytes] = []
        self.dead = False
        self.has_cut = False
        self._left: int | None = None
        self._when = Cut.DEATH
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def cut_at(self, number: int, when: Cut) -> None:
        """Cut at the writing command of that number from now on, counted from 0."""
        with self._lock:
            self._left, self._when = number, when

    def close(self) -> None:
        self._die()

    def _listen(self) -> None:
        while not self.dead:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self.dead:
                    client.close()
                    return
                server = socket.create_connection(("127.0.0.1", self._server))
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [client, server]
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        """Pass commands on one by one, each with its reply, so that what is cut off is known exactly."""
        with suppress(OSError, EOFError), client.makefile("rb") as asked, server.makefile("rb") as told:
            for words, raw in commands(asked):
                cut = self._counts_down(words)
                if cut is Cut.DEATH:
                    self._die()
                    return
                server.sendall(raw)
                reply = read_value(told)
                if cut is Cut.LOST_REPLY:
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(reply)

    def _counts_down(self, words: list[bytes]) -> Cut | None:
        with self._lock:
            if words[0] in _GREETINGS:
                return None
            self.commands.append(words[0])
            if self._left is None or words[0] in _READS:
                return None
            self._left -= 1
            if self._left >= 0:
                return None
            self._left, self.has_cut = None, True
            return self._when

    def _die(self) -> None:
        with self._lock:
            self.dead = True
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()


def commands(asked: BinaryIO) -> Iterator[tuple[list[bytes], bytes]]:
    """The words and the bytes of each command that a client sends."""
    while True:
        raw = read_value(asked)
        yield raw.split(b"\r\n")[2::2], raw


def read_value(stream: BinaryIO) -> bytes:
    """The bytes of one value of the protocol (RESP2). Raises EOFError."""
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    kind, length = line[:1], line[1:-2]
    if kind == b"*":
        return line + b"".join(read_value(stream) for _ in range(int(length)))
    if kind == b"$" and int(length) >= 0:
        return line + stream.read(int(length) + 2)
    return line
