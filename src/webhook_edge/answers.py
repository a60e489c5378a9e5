"""What a leader answers in one go, and sends together.

To send each answer for itself would wake the client, or the proxy, each time; where nothing is waited for, as on
SQLite, a quarter more are answered so.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress

from webhook_edge.connection import Connection


class Answers:
    """Answers of which each is sent once, whoever does it: the leader, or the one who relieves it."""

    def __init__(self, send: Callable[[Connection], None]) -> None:
        """Take what sends an answer that is written."""
        self.done: list[tuple[Connection, bool]] = []
        """The connections, and whether each may go on."""
        self._unsent: deque[Connection] = deque()
        self._send = send

    def add(self, connection: Connection, *, goes_on: bool) -> None:
        """One more is written."""
        self.done.append((connection, goes_on))
        self._unsent.append(connection)

    def send(self) -> None:
        """Send what is not sent yet. Any thread may, at any time."""
        with suppress(IndexError):
            while True:
                self._send(self._unsent.popleft())
