"""SIGTERM and SIGINT: the first asks for an orderly end, the second ends the process at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_first_signal(end: Callable[[], None]) -> Iterator[None]:
    """Call ``end`` on the first signal, from the main thread in the midst of whatever it does.

    So ``end`` must do no more than a ``SimpleQueue.put``, which is made for such moments.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        end()

    before = {each: signal.signal(each, handle) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
