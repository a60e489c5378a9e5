"""The machine's clock, and its sources of ids, PINs and secrets."""

import secrets
import time

import uuid_utils

from masking_core.instants import Instant


def now() -> Instant:
    """The present, by this machine's clock."""
    return time.time_ns() // 1_000


def new_id() -> str:
    """A UUIDv7: unique anywhere, and growing with time."""
    return str(uuid_utils.uuid7())


def new_pin(length: int) -> str:
    """So many random digits."""
    return f"{secrets.randbelow(10**length):0{length}}"


def new_secret(length: int) -> bytes:
    """So many random bytes that nobody can foretell."""
    return secrets.token_bytes(length)
