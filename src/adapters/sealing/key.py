"""One key of the ring: its id and its secret, and what is derived from the secret.

AES-GCM draws a random nonce for every seal, which is safe for some four thousand million seals
with one key; rotate long before.
"""

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from masking_core.errors import SealBroken
from masking_core.sealed import LookupKey, Sealed

SECRET_BYTES: Final = 32
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_LOOKUP_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_VERSION = b"\x01"
_HEADER_BYTES = len(_VERSION) + 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: eight hexadecimal digits that tell when it was made, and 32 secret bytes.

    Raises ValueError, without the secret, for an ill-formed one.
    """

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be a key."""
        if not _KEY_ID.fullmatch(self.key_id):
            raise ValueError("a key's id has eight digits of 0-9 and a-f")
        if len(self.secret) != SECRET_BYTES:
            raise ValueError(f"the secret of key {self.key_id} does not have {SECRET_BYTES} bytes")

    @classmethod
    def new(cls, second: int) -> "Key":
        """A random key made at ``second`` since 1970."""
        return cls(f"{second:08x}", os.urandom(SECRET_BYTES))

    @property
    def second(self) -> int:
        """When it was made, in seconds since 1970."""
        return int(self.key_id, 16)

    @property
    def created(self) -> datetime:
        """When it was made, in UTC."""
        return datetime.fromtimestamp(self.second, UTC)


class SealingKey:
    """A key at work. Each use has a key of its own, derived with HKDF-SHA-256."""

    __slots__ = ("_cipher", "_digest", "_header", "_lookup", "check", "key_id")

    def __init__(self, key: Key) -> None:
        """Derive what the secret is used for."""
        self.key_id = key.key_id
        self.check = _derive(key.secret, "check").hex()
        self._header = _VERSION + bytes.fromhex(key.key_id)
        self._cipher = AESGCM(_derive(key.secret, "seal"))
        self._lookup = HMAC(_derive(key.secret, "lookup"), SHA256())
        self._digest = HMAC(_derive(key.secret, "digest"), SHA256())

    def lookup(self, data: bytes) -> LookupKey:
        """A keyed hash to look a number up by: 16 bytes."""
        return LookupKey(_hashed(self._lookup, data)[:_LOOKUP_BYTES])

    def digest(self, data: bytes) -> bytes:
        """A keyed hash of any bytes: 32 bytes."""
        return _hashed(self._digest, data)

    def seal(self, data: bytes, place: str) -> Sealed:
        """``data`` encrypted, to be opened at ``place`` alone: version, key id, nonce, text and tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return Sealed(self._header + nonce + self._cipher.encrypt(nonce, data, self._header + place.encode()))

    def unseal(self, sealed: Sealed, place: str) -> bytes:
        """The data. Raises SealBroken unless this key sealed just this at ``place``."""
        nonce, text = sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES], sealed[_HEADER_BYTES + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, text, sealed[:_HEADER_BYTES] + place.encode())
        except InvalidTag:
            raise SealBroken("a sealed value was altered, or moved from its place") from None


def key_id_of(sealed: Sealed) -> str:
    """The id of the key that a seal names. Raises SealBroken for what is no seal."""
    if len(sealed) < _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES or not sealed.startswith(_VERSION):
        raise SealBroken("what stands where a sealed value should is none")
    return sealed[len(_VERSION) : _HEADER_BYTES].hex()


def _derive(secret: bytes, use: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"masking/{use}/1".encode()).derive(secret)


def _hashed(keyed: HMAC, data: bytes) -> bytes:
    """A copy of a keyed hash takes half the time of a new one."""
    hashing = keyed.copy()
    hashing.update(data)
    return hashing.finalize()
