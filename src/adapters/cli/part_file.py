"""A file that comes in bit by bit: beside its place until it is whole, and never over another."""

import fcntl
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode

_OVERLAP: Final = 1024 * 1024


class PartFile:
    """``FILE.part``, this process's alone while the block runs. Every failure is a CommandError."""

    def __init__(self, target: Path) -> None:
        """Take where the whole file shall be."""
        self.path = target.with_name(f"{target.name}.part")
        self.size = 0
        self._target = target
        self._file = -1
        self._place = 0

    def __enter__(self) -> Self:
        """Open what an earlier process left, or begin."""
        self._check_target()
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _failed(self.path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise CommandError(ExitCode.REFUSED, "BUSY", f"another process is writing {self.path}") from error
        self.size = os.fstat(self._file).st_size
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; an empty one is no use to anybody."""
        del kind, error, trace
        if self.size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def resume(self) -> int:
        """The offset to ask for: some way before the end of what is there, so that what comes can be compared."""
        self._place = max(self.size - _OVERLAP, 0)
        return self._place

    def take(self, data: bytes) -> int:
        """Add what comes next, after comparing it with what is there already, and return how far the file goes."""
        known = os.pread(self._file, min(len(data), max(self.size - self._place, 0)), self._place)
        if known != data[: len(known)]:
            raise self.another()
        try:
            self._write(data[len(known) :])
        except OSError as error:
            raise _failed(self.path, error) from error
        self._place += len(data)
        return self._place

    def another(self) -> CommandError:
        """The error for a part that is of another file."""
        sentence = f"{self.path} is not the beginning of this recording; move it away"
        return CommandError(ExitCode.REFUSED, "PART_DIFFERS", sentence)

    def cut(self, size: int) -> None:
        """Forget all but the first ``size`` bytes."""
        self.size = min(self.size, size)
        os.ftruncate(self._file, self.size)

    def checksum(self) -> str:
        """SHA-256 of all that is there, in hexadecimal."""
        with self.path.open("rb") as whole:
            return hashlib.file_digest(whole, "sha256").hexdigest()

    def finish(self) -> None:
        """Put the whole file, safe on disk, in its place, which must be free."""
        try:
            os.fsync(self._file)
            self._move()
        except OSError as error:
            raise _failed(self._target, error) from error

    def _move(self) -> None:
        """Give the file its name. Unlike a renaming, a link is never put in the place of another file."""
        try:
            os.link(self.path, self._target)
        except OSError:
            self._check_target()
            # The file system has no links.
            self.path.rename(self._target)
        else:
            self.path.unlink()

    def _check_target(self) -> None:
        if os.path.lexists(self._target):
            sentence = f"{self._target} is there already, and is not overwritten"
            raise CommandError(ExitCode.USAGE, "FILE_EXISTS", sentence)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._file, view, self.size)
            self.size += written
            view = view[written:]


def _failed(path: Path, error: OSError) -> CommandError:
    return CommandError(ExitCode.USAGE, "BAD_FILE", f"{path} cannot be written: {error.strerror}")
