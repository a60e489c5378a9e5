"""The key file: one or two keys in TOML, the one that seals first.

It is never changed in place: whatever interrupts a change, a reader finds the file from before it
or the file from after it. Whoever changes it holds a lock on its folder.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.sealing.key import Key
from adapters.sealing.key_text import parse_keys, write_keys

_MAX_BYTES = 65_536
_MAX_KEYS = 2
_LAST_SECOND = 0xFFFF_FFFF
_TOO_OPEN = stat.S_IWGRP | stat.S_IRWXO


class KeyFileError(ValueError):
    """The key file cannot be used or changed. The text says why, and holds no secret."""


class KeyFileExistsError(KeyFileError):
    """A key file is there already, and another in its place would lose what it sealed."""


class KeyFile:
    """The keys of a ring, in a file. Port: ``KeyRing``. Every verb raises KeyFileError."""

    def __init__(self, path: Path) -> None:
        """Take the path; the file is read whenever something is asked of it."""
        self._path = path

    @classmethod
    def create(cls, path: Path) -> "KeyFile":
        """Make a key file with one new key, readable by its owner alone. Raises KeyFileExistsError."""
        with _changing(path) as target:
            new = _written_beside(target, (Key.new(int(time.time())),))
            try:
                os.link(new, target)
            except FileExistsError:
                raise KeyFileExistsError(f"there is a key file {path} already") from None
            finally:
                new.unlink()
        return cls(path)

    def keys(self) -> tuple[Key, ...]:
        """The keys, the one that seals first."""
        return read_keys(self._path)

    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(key.key_id for key in self.keys())

    def add(self) -> str:
        """Append a new key and return its id, which is greater than every other; a third key is refused."""
        with _changing(self._path) as path:
            keys = read_keys(path)
            if len(keys) >= _MAX_KEYS:
                raise KeyFileError(f"the key file {path} holds {_MAX_KEYS} keys already: finish the rotation first")
            second = max(int(time.time()), *(key.second + 1 for key in keys))
            if second > _LAST_SECOND:
                raise KeyFileError(f"the key file {path} holds the greatest id there can be")
            _replace(path, (*keys, new := Key.new(second)))
            return new.key_id

    def promote(self, key_id: str) -> None:
        """Put a key first, so that it seals."""
        with _changing(self._path) as path:
            keys = _known(path, key_id)
            _replace(path, tuple(sorted(keys, key=lambda key: key.key_id != key_id)))

    def retire(self, key_id: str) -> None:
        """Take a key out; the one that seals stays."""
        with _changing(self._path) as path:
            keys = _known(path, key_id)
            if keys[0].key_id == key_id:
                raise KeyFileError(f"key {key_id} seals, and cannot be taken out of the key file {path}")
            _replace(path, tuple(key for key in keys if key.key_id != key_id))


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a key file, the one that seals first. Raises KeyFileError."""
    try:
        keys = parse_keys(_read(path))
    except FileNotFoundError:
        raise KeyFileError(f"there is no key file {path}") from None
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be read: {error.strerror}") from None
    except KeyFileError:
        raise
    except ValueError as error:
        raise KeyFileError(f"the key file {path} {error}") from None
    if len(keys) > _MAX_KEYS:
        raise KeyFileError(f"the key file {path} holds more than {_MAX_KEYS} keys")
    return keys


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _check_status(path, os.fstat(descriptor))
        return os.read(descriptor, _MAX_BYTES)
    finally:
        os.close(descriptor)


def _check_status(path: Path, status: os.stat_result) -> None:
    """Refuse what strangers may read or the group may change.

    The group may read, because that is how files are handed to a service that does not own them.
    """
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"the key file {path} is not a file")
    if status.st_mode & _TOO_OPEN:
        raise KeyFileError(f"the key file {path} is open to others than its owner: chmod 600 it")
    if status.st_size >= _MAX_BYTES:
        raise KeyFileError(f"the key file {path} is too large to be one")


def _known(path: Path, key_id: str) -> tuple[Key, ...]:
    keys = read_keys(path)
    if all(key.key_id != key_id for key in keys):
        raise KeyFileError(f"the key file {path} has no key {key_id}")
    return keys


@contextmanager
def _changing(path: Path) -> Iterator[Path]:
    """Hold the folder of a key file, and make sure at the end that the folder's change is on disk.

    Gives the path of the file itself, so that a symbolic link to it stays one.
    """
    path = path.resolve()
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield path
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be written: {error.strerror}") from None


def _replace(path: Path, keys: Sequence[Key]) -> None:
    """Put a new file in the place of the key file, with its owner and permissions."""
    before = path.stat()
    new = _written_beside(path, keys, before)
    try:
        new.replace(path)
    except OSError:
        new.unlink()
        raise


def _written_beside(path: Path, keys: Sequence[Key], like: os.stat_result | None = None) -> Path:
    """A file of these keys in the folder of ``path``, whole and on disk."""
    new = path.with_name(f".{path.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if like is not None:
                _take_after(descriptor, like)
            file.write(write_keys(keys))
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        new.unlink()
        raise
    return new


def _take_after(descriptor: int, like: os.stat_result) -> None:
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
