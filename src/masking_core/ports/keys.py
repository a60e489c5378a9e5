"""The ports of the key ring: what seals, where its keys come from, and what the store remembers of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from masking_core.phone_number import RealNumber
from masking_core.sealed import LookupKey, Sealed


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """A key as a store remembers it: its id, and a value that only this key gives."""

    key_id: str
    check: str


class Vault(Protocol):
    """Seals real numbers and hashes them for look-up, with the keys of one ring.

    The first key of the ring seals; every key opens, and every key has a look-up key for a number.
    """

    def key_ids(self) -> tuple[str, ...]:
        """The ids of the ring's keys, the one that seals first."""
        ...

    def checks(self) -> tuple[KeyCheck, ...]:
        """The ring's keys as a store remembers them, in the ring's order."""
        ...

    def lookups(self, number: RealNumber) -> tuple[LookupKey, ...]:
        """The number's look-up keys, one per key of the ring, in the ring's order."""
        ...

    def pin_lookups(self, pin: str) -> tuple[LookupKey, ...]:
        """A PIN's look-up keys, likewise; none of them is a number's."""
        ...

    def digests(self, data: bytes) -> tuple[bytes, ...]:
        """A keyed digest of any bytes under each key of the ring, in the ring's order."""
        ...

    def seal(self, number: RealNumber, place: str) -> Sealed:
        """The number sealed with the first key, to be opened at ``place`` alone."""
        ...

    def unseal(self, sealed: Sealed, place: str) -> RealNumber:
        """The number. Raises SealBroken for what was altered, moved, or sealed with an unknown key."""
        ...

    def seal_bytes(self, data: bytes, place: str) -> Sealed:
        """Any bytes, sealed like a number."""
        ...

    def unseal_bytes(self, sealed: Sealed, place: str) -> bytes:
        """The bytes. Raises SealBroken as ``unseal`` does."""
        ...

    def sealed_by(self, sealed: Sealed) -> str:
        """The id of the key that sealed it, whether or not the ring has it. Raises SealBroken for what is no seal."""
        ...

    def refresh(self) -> None:
        """Load the ring again if it has changed at its source."""
        ...


class KeyRing(Protocol):
    """Where the keys of a ring come from, and where a rotation changes them."""

    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        ...

    def add(self) -> str:
        """Append a new key, which reads and is looked up by but does not seal yet, and return its id."""
        ...

    def promote(self, key_id: str) -> None:
        """Put a key first, so that it seals."""
        ...

    def retire(self, key_id: str) -> None:
        """Take a key out of the ring."""
        ...


class KeyStore(Protocol):
    """Remembers under which keys a store is written, so that a wrong ring is found out at once."""

    def get_keys(self) -> tuple[KeyCheck, ...]:
        """The keys the store is written under; none in a new store."""
        ...

    def set_keys(self, expected: Sequence[KeyCheck], keys: Sequence[KeyCheck]) -> None:
        """Replace the keys. Raises Conflict unless they are ``expected`` now.

        Atomic with every opening, revision and adding of numbers: those that ``check_ring`` refuses
        under the new keys are refused once this has returned.
        """
        ...

    def rekey_number(self, number: str, lookups: Sequence[LookupKey]) -> None:
        """Replace the look-up keys of a virtual number; one that is gone stays so."""
        ...
