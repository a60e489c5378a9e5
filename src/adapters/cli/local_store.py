"""The store that the settings name, for the commands that work on it without a server."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.sealing.key_file import KeyFileError
from adapters.settings import Settings, SettingsError
from adapters.settings_sources import variable
from adapters.storage.registry import open_store
from masking_core.ports.store import Store


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
def key_file_problems() -> Iterator[None]:
    """Tell what is wrong with the key file as a wrong setting."""
    try:
        yield
    except KeyFileError as error:
        raise SettingsError(
            f"{error}; {variable('keys')} says where it is, `masking keys generate` makes one"
        ) from error
