"""What a first start makes: the schema of an embedded store, its key file, and webhook credentials."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from adapters.sealing.key_file import KeyFile, KeyFileExistsError
from adapters.settings import DEFAULT, InForce, SettingsError
from masking_core.ports.store import Store
from masking_core.signature import Credential


@dataclass(frozen=True, slots=True)
class Made:
    """What was made just now; None for what was there or is not needed. Tell ``credential`` once."""

    keys: Path | None = None
    credentials_file: Path | None = None
    credential: Credential | None = field(default=None, repr=False)


def prepare(in_force: InForce, store: Store) -> Made:
    """Make what is missing and nobody configured. Every start may call this; only the first finds something to do.

    Raises SettingsError, and what migrating the store does.
    """
    settings = in_force.settings
    keys = prepare_keys(in_force, store)
    try:
        if settings.webhook_credentials or settings.webhook_auth == "none":
            return Made(keys)
        credential = _make_credentials(settings.credentials_file)
    except OSError as error:
        raise SettingsError(f"{settings.data_dir} cannot be written: {error.strerror}") from error
    return Made(keys, settings.credentials_file if credential else None, credential)


def prepare_keys(in_force: InForce, store: Store) -> Path | None:
    """Make the schema and the key file of an embedded store, where they are missing. Raises as ``prepare`` does."""
    if not in_force.settings.embedded:
        return None
    try:
        store.migrate()
        return _make_keys(in_force, store)
    except OSError as error:
        raise SettingsError(f"{in_force.settings.data_dir} cannot be written: {error.strerror}") from error


def _make_keys(in_force: InForce, store: Store) -> Path | None:
    path = in_force.settings.keys
    if path.exists() or in_force.sources["keys"] != DEFAULT:
        return None
    if store.get_keys():
        raise SettingsError(
            f"{path} is missing, and without it nothing in the store can be read: bring it back from its copy, "
            "or begin with an empty store"
        )
    _make_folder(path.parent)
    try:
        KeyFile.create(path)
    except KeyFileExistsError:
        return None
    return path


def _make_credentials(path: Path) -> Credential | None:
    """New credentials in a file for its owner alone, which is there whole or not at all; None when it is there."""
    credential = Credential(secrets.token_hex(16), secrets.token_hex(16))
    _make_folder(path.parent)
    new = _written_beside(path, credential)
    try:
        os.link(new, path)
    except FileExistsError:
        return None
    finally:
        new.unlink()
    return credential


def replace_credentials(path: Path, credential: Credential) -> None:
    """Put a pair in the place of those in a file. Raises SettingsError."""
    try:
        _written_beside(path, credential).replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def _written_beside(path: Path, credential: Credential) -> Path:
    """A file for its owner alone with this pair, on disk."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{credential.api_id}:{credential.key}\n")
        file.flush()
        os.fsync(descriptor)
    return new


def _make_folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
