"""The store that the settings name, for the commands that work on it without a server."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.cli.environment import settings_in_force
from adapters.cli.output import note
from adapters.first_start import prepare_keys
from adapters.sealing.key_file import KeyFileError
from adapters.sealing.vault import FileVault
from adapters.settings import Settings, SettingsError
from adapters.settings_sources import variable
from adapters.storage.registry import open_store
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.services.key_rotation import fit_keys


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The store, given back at the end. Raises SettingsError for a URL that its backend does not take."""
    try:
        store = open_store(settings.store)
    except ValueError as error:
        raise SettingsError(f"{variable('store')}: {error}") from error
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_with_keys() -> Iterator[tuple[Store, Vault]]:
    """The store and its vault, each made if it is embedded and this is the first use. Raises SettingsError."""
    in_force = settings_in_force()
    if in_force.settings.in_memory:
        raise SettingsError("memory:// lives in the process that serves it, and cannot be reached from here")
    with key_file_problems(), opened_store(in_force.settings) as store:
        made = prepare_keys(in_force, store)
        if made is not None:
            note(f"Made {made}. Keep a copy apart from the store: without it no number can be read.")
        vault = FileVault(in_force.settings.keys)
        fit_keys(store, vault)
        yield store, vault


@contextmanager
def key_file_problems() -> Iterator[None]:
    """Tell what is wrong with the key file as a wrong setting."""
    try:
        yield
    except KeyFileError as error:
        raise SettingsError(
            f"{error}; {variable('keys')} says where it is, `masking keys generate` makes one"
        ) from error
