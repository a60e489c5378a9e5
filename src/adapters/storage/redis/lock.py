"""The lock under which numbers and keys change: rarely, and one change at a time."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.storage.redis.commands import command, script
from adapters.storage.redis.connections import longest_wait
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from masking_core.errors import StoreUnavailable

_LEASE_MS = 10_000
_PATIENCE = 15.0
_PAUSE = 0.01


class HeldLock:
    """A lock that this process holds, for ten seconds from when it was taken or renewed."""

    def __init__(self, link: Link, key: bytes, token: bytes) -> None:
        """Take what identifies it."""
        self._link = link
        self._key = key
        self._token = token

    def renew(self) -> None:
        """Hold it for longer. Raises StoreUnavailable when it was lost meanwhile."""
        if not self._link.one(script("other/extend", (self._key,), self._token, 1, _LEASE_MS)):
            raise StoreUnavailable("somebody else took over changing the numbers")


@contextmanager
def keeping_numbers(link: Link, names: Names) -> Iterator[HeldLock]:
    """Hold the lock inside. A holder that dies holds it for ten seconds at most. Raises StoreUnavailable."""
    key, token = names.only(b"lock"), secrets.token_bytes(16)
    end = time.monotonic() + longest_wait(_PATIENCE)
    while not link.one(command("SET", key, token, "NX", "PX", _LEASE_MS, once=True)):
        if time.monotonic() > end:
            raise StoreUnavailable("somebody else is changing the numbers")
        time.sleep(_PAUSE)
    try:
        yield HeldLock(link, key, token)
    finally:
        link.one(script("other/release", (key,), token, 1))
