"""What the kernel knows of a thread."""

import os
from typing import Final

_RUNNING: Final = b"R"
_NANOSECONDS: Final = 1e9
_LONGEST: Final = 4_096


def is_blocked(thread: int) -> bool:
    """Whether a thread of this process, by its native id, waits for something, and not just for a processor.

    True as well where the system does not tell.
    """
    try:
        told = _told(thread, "stat")
    except OSError:
        return True
    # The name in front stands in parentheses, and may hold any sign.
    return told.rpartition(b")")[2].split()[0] != _RUNNING


def starved(thread: int) -> float:
    """For how many seconds of its life a thread of this process, by its native id, had work to do and no processor.

    Always 0 where the system does not tell.
    """
    try:
        told = _told(thread, "schedstat")
    except OSError:
        return 0.0
    return int(told.split()[1]) / _NANOSECONDS


def _told(thread: int, what: str) -> bytes:
    """What the system tells of a thread; a file object would take three times as long, with callers waiting."""
    file = os.open(f"/proc/self/task/{thread}/{what}", os.O_RDONLY)
    try:
        return os.read(file, _LONGEST)
    finally:
        os.close(file)
