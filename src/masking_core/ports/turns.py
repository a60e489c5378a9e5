"""The port by which threads take turns, since the core has none of its own."""

from types import TracebackType
from typing import Protocol


class Turn(Protocol):
    """Held by one thread at a time, within ``with``; the others wait at its beginning."""

    def __enter__(self) -> bool:
        """Wait for it."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it to the next."""

    def locked(self) -> bool:
        """Whether some thread holds it."""
