"""What commands that work on the store without a server tell its audit."""

import getpass

from adapters import system
from masking_core.audit import Entry
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.services.audit import Audit


def tell_audit(store: Store, vault: Vault, action: str, target: str) -> None:
    """Say that the user of this command line has done something."""
    Audit(store, vault).extend([Entry(system.now(), f"command line {_user()}", action, target, "OK")])


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "unknown"
