"""Who leads the threads of a worker."""

import time
from collections.abc import Callable
from threading import Lock


class Lead:
    """The lead of a crew: one thread has it, or nobody.

    Who has it and is about to answer a callback, or to record in a spare moment, says so; until that is done
    anybody else may take the lead away, which the one who had it learns afterwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody has it."""
        self._lock = Lock()
        self._clock = clock
        self._holder: object | None = None
        self._answering_since: float | None = None

    def is_with(self, whom: object) -> bool:
        """Whether one has it still."""
        return self._holder is whom

    def claim(self, whom: object) -> bool:
        """Take it if nobody has it; whether one has it now."""
        with self._lock:
            if self._holder is None:
                self._holder = whom
            return self._holder is whom

    def leave(self, whom: object) -> None:
        """Give it up, if one has it still."""
        with self._lock:
            if self._holder is whom:
                self._holder = self._answering_since = None

    def begin_to_answer(self) -> None:
        """From now on it may be taken away. Whoever has it calls this."""
        self._answering_since = self._clock()

    def end_answering(self, whom: object) -> bool:
        """It cannot be taken away any more; whether one has it, be it that nobody has claimed it since it was taken."""
        with self._lock:
            if self._holder is None:
                self._holder = whom
            if self._holder is whom:
                self._answering_since = None
            return self._holder is whom

    def is_answering(self) -> bool:
        """Whether who has it is answering."""
        return self._answering_since is not None

    def is_held_up(self, after: float) -> bool:
        """Whether who has it has been answering for more than ``after`` seconds."""
        since = self._answering_since
        return since is not None and self._clock() - since > after

    def take_away(self, after: float) -> bool:
        """Take it from who has been answering for more than ``after`` seconds; whether somebody must claim it now."""
        with self._lock:
            if self._holder is None or not self.is_held_up(after):
                return False
            self._holder = self._answering_since = None
            return True
