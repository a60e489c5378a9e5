"""What a crew works for: the post it holds, and what it does there in spare moments."""

from collections.abc import Callable
from typing import Any, Protocol

from webhook_edge.connection import Connection


class Post(Protocol):
    """What the crew of a worker does there."""

    alive: bool

    def turn(self, seconds: float) -> None:
        """Read and send what can be, after waiting for it for so long at most. The leader alone does this."""

    def answer(self, connection: Connection, *, in_time: bool) -> bool:
        """Write the answer to a request, or turn it away; whether the connection may go on. Any thread does this."""

    def send(self, connection: Connection) -> None:
        """Send what is written. Any thread does this, and ``finish`` too."""

    def finish(self, connection: Connection, goes_on: bool) -> None:  # noqa: FBT001 called by position
        """Take an answered connection back. The leader alone does this."""

    def have_leader(self, do: Callable[..., None], *given: Any) -> None:
        """Have the leader do something, in its next turn. Any thread calls this."""


class Recording(Protocol):
    """What is done in spare moments where calls are recorded into the worker's own memory."""

    def is_waiting(self) -> bool:
        """Whether something waits for a spare moment."""

    def record_a_few(self) -> None:
        """Do a little of it, without waiting for anything but a lock."""
