"""A record that is sealed whole, and that any number of processes change from what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from masking_core.errors import Conflict, SealBroken
from masking_core.ports.keys import Vault
from masking_core.ports.records import RecordStore
from masking_core.sealed import Sealed
from masking_core.services.current_keys import under_current_keys

_ATTEMPTS = 5


class Content(Protocol):
    """What a record says."""

    def to_bytes(self) -> bytes:
        """The same as bytes, to be sealed."""
        ...


Said = TypeVar("Said", bound=Content)


@dataclass(frozen=True, slots=True)
class Form(Generic[Said]):
    """A kind of record: its name, which it is sealed to, what it says before it is there, and how it is read."""

    name: str
    empty: Said
    read: Callable[[bytes], Said]


class SealedRecord(Generic[Said]):
    """One record. Every verb raises SealBroken for one that no key of the ring opens."""

    def __init__(self, store: RecordStore, vault: Vault, form: Form[Said]) -> None:
        """Take the ports, and which record it is."""
        self._store = store
        self._vault = vault
        self._form = form

    def stored(self) -> Sealed | None:
        """The record as it is stored."""
        return self._store.get_record(self._form.name)

    def opened(self, sealed: Sealed | None) -> Said:
        """What a stored record says."""
        if sealed is None:
            return self._form.empty
        data = self._vault.unseal_bytes(sealed, self._form.name)
        try:
            return self._form.read(data)
        except ValueError:
            raise SealBroken("what was sealed is no such record") from None

    def sealed(self, said: Said) -> Sealed:
        """The record that says this, sealed with the key that seals now."""
        return self._vault.seal_bytes(said.to_bytes(), self._form.name)

    def change(self, change: Callable[[Said], Said]) -> Said:
        """Change the record, whatever else changes it meanwhile, and return what it says then."""
        for _ in range(_ATTEMPTS):
            stored = self.stored()
            changed = change(self.opened(stored))
            try:
                self._put(stored, changed)
            except Conflict:
                continue
            return changed
        raise Conflict("the record is being changed by others")

    def rekey(self) -> bool:
        """Seal the record with the key that seals now; whether it was sealed with another."""
        for _ in range(_ATTEMPTS):
            stored = self.stored()
            if stored is None or self._vault.sealed_by(stored) == self._vault.key_ids()[0]:
                return False
            try:
                self._put(stored, self.opened(stored))
            except Conflict:
                continue
            return True
        raise Conflict("the record is being changed by others")

    def _put(self, expected: Sealed | None, said: Said) -> None:
        def put() -> None:
            key_ids = self._vault.key_ids()
            self._store.set_record(self._form.name, expected, self.sealed(said), key_ids)

        under_current_keys(self._vault, put)
