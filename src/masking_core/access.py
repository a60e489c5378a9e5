"""Who may call what: API keys, their scopes, and the pools that they are limited to.

A key is a secret that is shown once, or stands for the identity in a client certificate. What a caller
sends reads ``mk_<key id>_<secret>``; what is kept is the key id, to look the key up by, and a digest.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from masking_core.instants import NEVER, Instant

API_KEYS_PLACE: Final = "api-keys"
"""The place that the sealed table of keys is bound to."""

SECRET_BYTES: Final = 32
KEY_ID_BYTES: Final = 6

_TOKEN: Final = re.compile(r"mk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """What a caller may be allowed. None includes another."""

    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    NUMBERS_READ = "numbers:read"
    NUMBERS_ADMIN = "numbers:admin"
    CALLS_READ = "calls:read"
    RECORDINGS_READ = "recordings:read"
    RECORDINGS_DELETE = "recordings:delete"
    EVENTS_READ = "events:read"
    REAL_NUMBERS_READ = "real-numbers:read"
    PRIVACY_ERASE = "privacy:erase"
    BLOCKS_ADMIN = "blocks:admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. Without ``pools`` it is limited to none.

    ``digest`` is that of its secret; one that stands for a certificate has an ``identity`` instead,
    a subject alternative name or, in a certificate without any, the common name.
    """

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    pools: tuple[str, ...]
    create_time: Instant
    expire_time: Instant = NEVER
    revoke_time: Instant = NEVER
    digest: bytes = field(default=b"", repr=False)
    identity: str = ""

    def in_force(self, now: Instant) -> bool:
        """Whether it lets anybody in."""
        return now < self.expire_time and self.revoke_time == NEVER

    def fits(self, secret: bytes) -> bool:
        """Whether this is its secret; takes as long whatever the answer is."""
        return hmac.compare_digest(self.digest, digest_of(secret))


def digest_of(secret: bytes) -> bytes:
    """What is kept of a secret. One of 256 random bits needs no slow hash: nobody can try them all."""
    return hashlib.sha256(secret).digest()


def token_of(key_id: str, secret: bytes) -> str:
    """What a caller sends."""
    return f"mk_{key_id}_{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"


def parsed_token(token: str) -> tuple[str, bytes] | None:
    """The key id and the secret that a caller sent; None for what is no token."""
    matched = _TOKEN.fullmatch(token)
    return None if matched is None else (matched[1], base64.urlsafe_b64decode(f"{matched[2]}="))


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Every key that was made, those that are over too, in the order in which they were made."""

    keys: tuple[ApiKey, ...] = ()

    def find(self, key_id: str) -> ApiKey | None:
        """The key with this id."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def of_identity(self, identities: Collection[str], now: Instant) -> ApiKey | None:
        """The key in force that stands for one of the identities in a certificate; of several, the one made last."""
        if not identities:
            return None
        bound = (key for key in reversed(self.keys) if key.identity and key.identity in identities)
        return next((key for key in bound if key.in_force(now)), None)

    def with_key(self, key: ApiKey) -> "KeyTable":
        """This table and one key more."""
        return KeyTable((*self.keys, key))

    def revoking(self, key_id: str, now: Instant) -> "KeyTable":
        """This table with a key revoked, unless it was already."""
        return KeyTable(
            tuple(
                replace(key, revoke_time=now) if key.key_id == key_id and key.revoke_time == NEVER else key
                for key in self.keys
            )
        )

    def to_bytes(self) -> bytes:
        """The table as text, to be sealed."""
        return "\n".join(map(_line, self.keys)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "KeyTable":
        """What ``to_bytes`` made. Raises ValueError for anything else."""
        return cls(tuple(_key(line.split("\t")) for line in data.decode().splitlines()))


def _line(key: ApiKey) -> str:
    times = (str(key.create_time), str(key.expire_time), str(key.revoke_time))
    return "\t".join(
        (key.key_id, key.name, ",".join(key.scopes), ",".join(key.pools), *times, key.digest.hex(), key.identity)
    )


def _key(parts: list[str]) -> ApiKey:
    key_id, name, scopes, pools, created, expires, revoked, digest, identity = parts
    return ApiKey(
        key_id,
        name,
        tuple(Scope(each) for each in scopes.split(",") if each),
        tuple(each for each in pools.split(",") if each),
        int(created),
        int(expires),
        int(revoked),
        bytes.fromhex(digest),
        identity,
    )


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who makes a request. ``key`` is None for one who needs none, and may do everything.

    ``who`` names such a one: ``local`` on this machine, ``anyone`` where no key is asked for.
    """

    who: str
    key: ApiKey | None = None

    @property
    def limited(self) -> bool:
        """Whether some pools alone are open."""
        return self.key is not None and bool(self.key.pools)

    def has(self, scope: Scope) -> bool:
        """Whether the scope is held."""
        return self.key is None or scope in self.key.scopes

    def may_enter(self, pool: str) -> bool:
        """Whether a pool is open; so is what belongs to none, unless some pools alone are."""
        return not self.limited or (self.key is not None and pool in self.key.pools)

    def may_enter_all(self, pools: Iterable[str]) -> bool:
        """Whether every one of the pools is open."""
        return all(map(self.may_enter, pools))
