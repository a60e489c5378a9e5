"""The private folder in which the processes of one server share what they count. It goes when the server ends.

Who is killed leaves it behind; the next server to begin takes away what nobody holds any more.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client looks for the folder, in this process and in those that it forks."""

_PREFIX: Final = "masking-metrics-"
_LOCK: Final = "lock"


@contextmanager
def shared_folder() -> Iterator[str]:
    """Have this process and those that it forks from here on share what they count; the folder goes at the end."""
    _remove_left()
    folder, owner = tempfile.mkdtemp(prefix=_PREFIX), os.getpid()
    os.environ[FOLDER_VARIABLE] = folder
    try:
        with _held(Path(folder)):
            yield folder
    finally:
        # A forked process ends here too, and leaves the folder to the one that made it.
        if os.getpid() == owner:
            del os.environ[FOLDER_VARIABLE]
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder until this process, and the last that it forks, has ended in whatever way."""
    # Locked before it has the name by which others look for it, so that nobody finds it free.
    beginning = folder / f"{_LOCK}.begun"
    with beginning.open("w") as lock:
        # Where files cannot be locked nobody finds it free either.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
            beginning.rename(folder / _LOCK)
        yield


def _remove_left() -> None:
    """Take away this user's folders that nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                _remove_unheld(folder)


def _remove_unheld(folder: Path) -> None:
    """Take away a folder; raises OSError where it is held."""
    with (folder / _LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
