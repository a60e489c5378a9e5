"""An open-loop load generator: requests are due at times of their own, whether or not the last ones were answered.

``python open_loop.py PORT RATE SECONDS CONNECTIONS FILE`` prints one line of JSON. Latency counts from the moment a
request was due, also while it waits here for a free connection: a server that stalls is charged with everybody whom it
kept waiting (no coordinated omission). Arrivals are random (exponential gaps) with a seed, so that every system meets
the same. ``late_p99`` tells how late requests left that had a free connection: the generator's own share.
"""

import ctypes
import gc
import json
import random
import select
import socket
import struct
import sys
import time
from collections import deque
from pathlib import Path

SETTLING = 15.0
"""Seconds after the last request that answers are waited for."""
_CLOCK_MONOTONIC, _ABSOLUTE = 1, 1
_libc = ctypes.CDLL(None, use_errno=True)


class Alarm:
    """A timer that epoll can wait for to the microsecond; epoll's own waits end at whole milliseconds."""

    def __init__(self) -> None:
        self.fileno = _libc.timerfd_create(_CLOCK_MONOTONIC, 0o4000)

    def set(self, due: float) -> None:
        whole = int(due)
        spec = struct.pack("qqqq", 0, 0, whole, max(1, int((due - whole) * 1e9)))
        _libc.timerfd_settime(self.fileno, _ABSOLUTE, spec, None)


class Load:
    """One run against one port."""

    def __init__(self, port: int, connections: int, requests: list[bytes]) -> None:
        self.requests, self.sent, self.failures = requests, 0, 0
        self.latencies: list[float] = []
        self.late: list[float] = []
        self.poller = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.free: deque[int] = deque()
        self.due_of: dict[int, float] = {}
        self.partial: dict[int, bytes] = {}
        self.port = port
        for _ in range(connections):
            self._connect()

    def _connect(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        self.sockets[connection.fileno()] = connection
        self.poller.register(connection.fileno(), select.EPOLLIN)
        self.free.append(connection.fileno())

    def run(self, rate: float, seconds: float) -> float:
        """Send for so long; the seconds until the last answer."""
        drawn, alarm = random.Random(4711), Alarm()
        self.poller.register(alarm.fileno, select.EPOLLIN)
        waiting: deque[float] = deque()
        began = time.monotonic() + 0.05
        end, due = began + seconds, began
        alarm.set(due)
        while True:
            for descriptor, _ in self.poller.poll(0.2):
                if descriptor != alarm.fileno:
                    self._receive(descriptor)
            now = time.monotonic()
            while due <= now and due < end:
                waiting.append(due)
                if self.free:
                    self.late.append(now - due)
                due += drawn.expovariate(rate)
            while waiting and self.free:
                self._send(waiting.popleft())
            if due < end:
                alarm.set(due)
            elif (not waiting and not self.due_of) or now > end + SETTLING:
                break
            else:
                alarm.set(now + 0.01)
        self.failures += len(waiting) + len(self.due_of)
        return time.monotonic() - began

    def _send(self, due: float) -> None:
        descriptor = self.free.popleft()
        self.due_of[descriptor] = due
        self.sockets[descriptor].send(self.requests[self.sent % len(self.requests)])
        self.sent += 1

    def _receive(self, descriptor: int) -> None:
        try:
            data = self.sockets[descriptor].recv(65_536)
        except OSError:
            data = b""
        if not data:
            self._lost(descriptor)
            return
        data = self.partial.pop(descriptor, b"") + data
        head, blank, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]) if blank else 1
        if len(body) < length:
            self.partial[descriptor] = data
            return
        self.latencies.append(time.monotonic() - self.due_of.pop(descriptor))
        if not data.startswith(b"HTTP/1.1 200"):
            self.failures += 1
        self.free.append(descriptor)

    def _lost(self, descriptor: int) -> None:
        """A connection that the server closed counts as a failure where an answer was due."""
        self.failures += self.due_of.pop(descriptor, None) is not None
        self.partial.pop(descriptor, None)
        if descriptor in self.free:
            self.free.remove(descriptor)
        self.poller.unregister(descriptor)
        self.sockets.pop(descriptor).close()
        self._connect()


def read_requests(path: Path) -> list[bytes]:
    """The requests of a file that scene.py wrote."""
    requests = []
    with path.open("rb") as file:
        while line := file.readline():
            requests.append(file.read(int(line)))
    return requests


def percentile(ordered: list[float], share: float) -> float:
    """In microseconds."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e6 if ordered else 0.0


def main() -> None:
    port, rate, seconds, connections, path = sys.argv[1:]
    requests = read_requests(Path(path))
    load = Load(int(port), int(connections), requests)
    gc.disable()
    took = load.run(float(rate), float(seconds))
    found, late = sorted(load.latencies), sorted(load.late)
    told = {name: percentile(found, share) for name, share in PERCENTILES.items()}
    told |= {"requests": len(found), "seconds": took, "failures": load.failures, "late_p99": percentile(late, 0.99)}
    told["mean"] = sum(found) / max(1, len(found)) * 1e6
    told["repeated"] = load.sent > len(requests)
    print(json.dumps(told))


PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}

if __name__ == "__main__":
    main()
