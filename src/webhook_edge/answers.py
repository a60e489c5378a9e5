"""What a leader answers in one go, and sends together.

To send each answer for itself would wake the client, or the proxy, each time; where nothing is waited for, as on
SQLite, a quarter more are answered so.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from webhook_edge.connection import Connection

_LATE: Final = 0.0005
"""Seconds for which an answer that is written waits for the next at most, but for what the next one waits for."""


class Answers:
    """Answers of which each is sent once, whoever does it: the leader, or the one who relieves it."""

    def __init__(self, send: Callable[[Connection], None]) -> None:
        """Take what sends an answer that is written."""
        self.done: list[tuple[Connection, bool]] = []
        """The connections, and whether each may go on."""
        self._unsent: deque[Connection] = deque()
        self._oldest = 0.0
        self._send = send

    def add(self, connection: Connection, *, goes_on: bool) -> None:
        """One more is written."""
        self.done.append((connection, goes_on))
        if not self._unsent:
            self._oldest = time.monotonic()
        self._unsent.append(connection)

    def are_late(self) -> bool:
        """Whether the oldest that is not sent has waited for as long as it may."""
        return time.monotonic() - self._oldest > _LATE

    def send(self) -> None:
        """Send what is not sent yet. Any thread may, at any time."""
        with suppress(IndexError):
            while True:
                self._send(self._unsent.popleft())
