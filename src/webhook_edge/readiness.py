"""Whether this process may answer for its store."""

from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.services.key_rotation import fit_keys


class Readiness:
    """Holds answers back until the store is known to be written under this process's keys.

    With other keys no caller would be found, and all of them would be turned away. A store that is
    away when the process starts is asked again by every request, so nothing has to be restarted.
    """

    def __init__(self, store: Store, vault: Vault) -> None:
        """Ask nothing yet."""
        self._store = store
        self._vault = vault
        self._fits = False

    def require_keys(self) -> None:
        """Return when the keys fit. Raises StoreNotReady and StoreUnavailable."""
        if not self._fits:
            fit_keys(self._store, self._vault)
            self._fits = True

    def check(self) -> None:
        """Return when the store can serve this process. Raises as ``require_keys`` does."""
        self._store.check()
        self.require_keys()
