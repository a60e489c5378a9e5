"""A key ring without a file."""

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.phone_number import RealNumber
from masking_core.sealed import LookupKey, Sealed

_FIRST_SECOND = 1


class MemoryRing(RingVault):
    """Ports: ``Vault`` and ``KeyRing``. What changes the ring is taken up at once.

    The same few people call again and again, so what was computed under a ring is remembered while it is held.
    """

    def __init__(self) -> None:
        self._held = [Key.new(_FIRST_SECOND)]
        self._hashed: dict[RealNumber, tuple[LookupKey, ...]] = {}
        self._opened: dict[tuple[Sealed, str], RealNumber] = {}
        super().__init__(self._held)

    def lookups(self, number: RealNumber) -> tuple[LookupKey, ...]:
        """See ``Vault``."""
        if number not in self._hashed:
            self._hashed[number] = super().lookups(number)
        return self._hashed[number]

    def unseal(self, sealed: Sealed, place: str) -> RealNumber:
        """See ``Vault``."""
        if (sealed, place) not in self._opened:
            self._opened[sealed, place] = super().unseal(sealed, place)
        return self._opened[sealed, place]

    def add(self) -> str:
        """See ``KeyRing``."""
        new = Key.new(max(key.second for key in self._held) + 1)
        self._hold([*self._held, new])
        return new.key_id

    def promote(self, key_id: str) -> None:
        """See ``KeyRing``."""
        self._hold(sorted(self._held, key=lambda key: key.key_id != key_id))

    def retire(self, key_id: str) -> None:
        """See ``KeyRing``."""
        self._hold([key for key in self._held if key.key_id != key_id])

    def _hold(self, keys: list[Key]) -> None:
        self._held = keys
        self._hashed.clear()
        self._opened.clear()
        self._ring = RingVault(keys)._ring
