"""The vaults: every operation with the keys of a ring, given once or read from a key file."""

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from adapters.sealing.key import Key, SealingKey, key_id_of
from adapters.sealing.key_file import KeyFileError, read_keys
from masking_core.errors import SealBroken
from masking_core.phone_number import RealNumber
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import LookupKey, Sealed

_log = logging.getLogger(__name__)

_NUMBER_BYTES = 16
_PADDING = b"\0"

_loading = Lock()
os.register_at_fork(before=_loading.acquire, after_in_parent=_loading.release, after_in_child=_loading.release)


class RingVault:
    """Seals and hashes with the keys given, the first of which seals. Port: ``Vault``."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """Take the ring, which has at least one key."""
        self._ring = _ring(keys)

    @staticmethod
    def of(*keys: Key) -> "RingVault":
        """A vault with these keys."""
        return RingVault(keys)

    @staticmethod
    def random() -> "RingVault":
        """A vault with one new key, which nobody else has."""
        return RingVault([Key.new(int(time.time()))])

    def _keys(self) -> tuple[SealingKey, ...]:
        """The ring to use now. It never changes; another one takes its place."""
        return self._ring

    def key_ids(self) -> tuple[str, ...]:
        """The ids of the ring's keys, the one that seals first."""
        return tuple([key.key_id for key in self._keys()])

    def checks(self) -> tuple[KeyCheck, ...]:
        """The ring's keys as a store remembers them, in the ring's order."""
        return tuple([KeyCheck(key.key_id, key.check) for key in self._keys()])

    def lookups(self, number: RealNumber) -> tuple[LookupKey, ...]:
        """The number's look-up keys, one per key of the ring, in the ring's order."""
        data = number.e164.encode()
        return tuple([key.lookup(data) for key in self._keys()])

    def pin_lookups(self, pin: str) -> tuple[LookupKey, ...]:
        """A PIN's look-up keys, likewise; a number begins with a plus sign, and so none of them is a number's."""
        data = f"pin {pin}".encode()
        return tuple([key.lookup(data) for key in self._keys()])

    def digests(self, data: bytes) -> tuple[bytes, ...]:
        """A keyed digest of any bytes under each key of the ring, in the ring's order."""
        return tuple([key.digest(data) for key in self._keys()])

    def seal(self, number: RealNumber, place: str) -> Sealed:
        """The number sealed with the first key; every number gives a seal of the same length."""
        return self.seal_bytes(number.e164.encode().ljust(_NUMBER_BYTES, _PADDING), place)

    def unseal(self, sealed: Sealed, place: str) -> RealNumber:
        """The number. Raises SealBroken for what was altered, moved, or sealed with an unknown key."""
        data = self.unseal_bytes(sealed, place)
        try:
            return RealNumber(data.rstrip(_PADDING).decode("ascii"))
        except ValueError:
            raise SealBroken("what was sealed is no phone number") from None

    def seal_bytes(self, data: bytes, place: str) -> Sealed:
        """Any bytes, sealed with the first key, to be opened at ``place`` alone."""
        return self._keys()[0].seal(data, place)

    def unseal_bytes(self, sealed: Sealed, place: str) -> bytes:
        """The bytes. Raises SealBroken as ``unseal`` does."""
        key_id = key_id_of(sealed)
        for key in self._keys():
            if key.key_id == key_id:
                return key.unseal(sealed, place)
        raise SealBroken(f"a value is sealed with key {key_id}, which is not in the ring")

    def sealed_by(self, sealed: Sealed) -> str:
        """The id of the key that sealed it, in the ring or not. Raises SealBroken for what is no seal."""
        return key_id_of(sealed)

    def refresh(self) -> None:
        """Keep the ring: it comes from nowhere that could change."""


class FileVault(RingVault):
    """A vault whose ring stands in a key file, and follows it while the process runs.

    A change is taken up by itself within ``interval`` seconds. A file that cannot be read then
    leaves the ring in force. Many threads, and processes forked from this one, may use it at once.
    """

    def __init__(self, path: Path, interval: float = 1.0) -> None:
        """Load the ring. Raises KeyFileError."""
        self._path = path
        self._interval = interval
        self._due = time.monotonic() + interval
        self._stamp = self._warned_of = _stamp(path)
        super().__init__(read_keys(path))

    def _keys(self) -> tuple[SealingKey, ...]:
        if time.monotonic() >= self._due:
            self.refresh()
        return self._ring

    def refresh(self) -> None:
        """Load the ring again if its file has changed; one that cannot be used is warned of once."""
        self._due = time.monotonic() + self._interval
        with _loading:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            try:
                self._ring = _ring(read_keys(self._path))
                self._stamp = stamp
            except KeyFileError as error:
                if stamp != self._warned_of:
                    _log.warning("the key file changed, and the keys loaded before stay in force: %s", error)
                self._warned_of = stamp


def _ring(keys: Sequence[Key]) -> tuple[SealingKey, ...]:
    if not keys:
        raise ValueError("a ring has at least one key")
    if len({key.key_id for key in keys}) != len(keys):
        raise ValueError("two keys of a ring have the same id")
    return tuple(SealingKey(key) for key in keys)


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes whenever the file does, its permissions included; taken before reading, never after."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
