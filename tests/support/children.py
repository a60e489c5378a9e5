"""Processes that others have started: which they are, and when the last of them is gone."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_PATIENCE: Final = 60.0


def children_of(process: int) -> list[str]:
    """The ids of the processes that a running one has started."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def wait_until_gone(processes: Sequence[str]) -> None:
    """Return when none of them runs any more."""
    end = time.monotonic() + _PATIENCE
    while any(map(_runs, processes)):
        if time.monotonic() > end:
            raise RuntimeError("processes outlive the one that started them")
        time.sleep(0.02)


def _runs(process: str) -> bool:
    """Whether a process is there, and has not ended without anybody's having asked how."""
    try:
        return bool(Path("/proc", process, "cmdline").read_bytes())
    except OSError:
        return False
