"""What commands that work on the store without a server tell its audit."""

import getpass
from contextlib import suppress
from pathlib import Path

from adapters import system
from adapters.cli.output import note
from adapters.sealing.key_file import KeyFileError
from adapters.sealing.vault import FileVault
from masking_core.audit import Entry
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.services.audit import Audit


def tell_audit(store: Store, vault: Vault, action: str, target: str, outcome: str = "OK") -> None:
    """Say that the user of this command line has done something."""
    Audit(store, vault).extend([Entry(system.now(), f"command line {_user()}", action, target, outcome)])


def tell_audit_if_keys_fit(store: Store, keys: Path, action: str, target: str) -> None:
    """The same for what needs no key: where the key file is not the store's, or not here, people are told so instead.

    Of a store that nobody has used yet there is nothing to tell.
    """
    stored = store.get_keys()
    if not stored:
        return
    with suppress(KeyFileError):
        vault = FileVault(keys)
        if set(stored) <= set(vault.checks()):
            tell_audit(store, vault, action, target)
            return
    note(f"masking: this is not in the audit, for {keys} is no key file of the store")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "unknown"
