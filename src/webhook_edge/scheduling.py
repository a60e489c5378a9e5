"""What the kernel knows of a thread."""

from pathlib import Path
from typing import Final

_RUNNING: Final = "R"
_NANOSECONDS: Final = 1e9


def is_blocked(thread: int) -> bool:
    """Whether a thread of this process, by its native id, waits for something, and not just for a processor.

    True as well where the system does not tell.
    """
    try:
        told = Path(f"/proc/self/task/{thread}/stat").read_text()
    except OSError:
        return True
    # The name in front stands in parentheses, and may hold any sign.
    return told.rpartition(")")[2].split()[0] != _RUNNING


def starved(thread: int) -> float:
    """For how many seconds of its life a thread of this process, by its native id, had work to do and no processor.

    Always 0 where the system does not tell.
    """
    try:
        told = Path(f"/proc/self/task/{thread}/schedstat").read_text()
    except OSError:
        return 0.0
    return int(told.split()[1]) / _NANOSECONDS
