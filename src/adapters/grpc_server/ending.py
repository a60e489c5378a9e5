"""How a server learns that it is to end: the first SIGTERM or SIGINT asks for it, and the second ends the process."""

import signal
import socket
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Final, Self

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_ASKED: Final = 0
"""What is told in place of a signal's number by a thread that asks for the end."""


class Ending:
    """Waits for the end, as a context that the main thread enters.

    What wakes it up is a byte that the system's own handler writes, and not Python's, which runs only once
    the main thread does: a signal that comes just before that one begins to wait, or that another thread
    is given, would be left lying until something else wakes it.
    """

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.error: Exception | None = None
        """Why a thread asked for it; None for a signal."""
        self._receiver, self._sender = socket.socketpair()
        self._sender.setblocking(False)

    def ask(self, error: Exception) -> None:
        """Ask for the end. Any thread may do so."""
        self.error = self.error or error
        with suppress(OSError):  # so much has been told already that it is heard, or it has ended
            self._sender.send(bytes([_ASKED]))

    def wait(self) -> None:
        """Return once it was asked for, be it before."""
        while self._receiver.recv(1)[0] not in (_ASKED, *_SIGNALS):
            pass

    def __enter__(self) -> Self:
        """Obey signals from here on."""
        self._wakeup = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        self._before = {each: signal.signal(each, _let_the_next_end_it) for each in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave them to whom they were before."""
        for each, handler in self._before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._sender.close()
        self._receiver.close()


def _let_the_next_end_it(number: int, frame: FrameType | None) -> None:
    del number, frame
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)
