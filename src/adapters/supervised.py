"""What a server does for the process that looks after it: it tells when it serves, and ends with it."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass

OPTION = "--supervisor"
"""The hidden option by which a server learns of its supervisor."""

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Supervision:
    """The supervisor's process id, and the pipe that it listens to."""

    process: int
    pipe: int

    @classmethod
    def parse(cls, text: str) -> "Supervision":
        """From the text that ``str`` makes. Raises ValueError."""
        process, _, pipe = text.partition(":")
        return cls(int(process), int(pipe))

    def __str__(self) -> str:
        """As the option's value."""
        return f"{self.process}:{self.pipe}"

    def end_together(self) -> None:
        """Have this process get SIGTERM when the supervisor, its parent, is gone; at once when it is already.

        Call it from the main thread. Linux alone has a way; elsewhere a killed supervisor leaves its servers running.
        """
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != self.process:
            signal.raise_signal(signal.SIGTERM)

    def tell_ready(self) -> None:
        """Tell that one process of the server serves. A supervisor that hears nobody any more is no matter."""
        with suppress(OSError):
            os.write(self.pipe, b".")
