"""A key ring without a file."""

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault

_FIRST_SECOND = 1


class MemoryRing(RingVault):
    """Ports: ``Vault`` and ``KeyRing``. What changes the ring is taken up at once."""

    def __init__(self) -> None:
        self._held = [Key.new(_FIRST_SECOND)]
        super().__init__(self._held)

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
        self._ring = RingVault(keys)._ring
