"""The available numbers of a pool by load, so that the least loaded are at hand whatever the pool's size."""

from collections.abc import Iterator


class Ladder:
    """Numbers on rungs of equal load; on a rung, the one that came to it first comes first."""

    def __init__(self) -> None:
        """Begin empty."""
        self._rungs: dict[int, dict[str, None]] = {}

    def put(self, number: str, load: int) -> None:
        """Put a number on the rung of its load, behind those that stand there."""
        self._rungs.setdefault(load, {})[number] = None

    def take(self, number: str, load: int) -> None:
        """Take a number off the rung of its load; one that is not there is none to take."""
        rung = self._rungs.get(load)
        if rung is not None:
            rung.pop(number, None)
            if not rung:
                del self._rungs[load]

    def ascending(self) -> Iterator[str]:
        """The numbers, the least loaded first. The ladder must not change meanwhile."""
        for load in sorted(self._rungs):
            yield from self._rungs[load]
