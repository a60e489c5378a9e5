"""Which backend serves which URL. A new backend is a folder, and a line here."""

from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlsplit

from masking_core.ports.store import Store

Opener = Callable[[str], Store]
"""Opens the store that a URL names; it connects when it is first used, and may be used by many threads."""

BACKENDS: dict[str, tuple[str, str]] = {
    "memory": ("adapters.storage.memory.store", ""),
    "sqlite": ("adapters.storage.sqlite.store", ""),
    "postgresql": ("adapters.storage.postgres.store", "postgres"),
    "redis": ("adapters.storage.redis.store", "redis"),
    "rediss": ("adapters.storage.redis.store", "redis"),
    "redis+sentinel": ("adapters.storage.redis.store", "redis"),
    "redis+cluster": ("adapters.storage.redis.store", "redis"),
}
"""Scheme → the module whose ``open_store`` opens it, and the extra that brings its driver."""


class UnknownStoreError(ValueError):
    """No backend serves this URL, or its driver is not installed. The text says what to do, and no secret."""


def open_store(url: str) -> Store:
    """Open the store a URL names. Raises UnknownStoreError."""
    scheme = urlsplit(url).scheme
    if scheme not in BACKENDS:
        raise UnknownStoreError(f"no store is called {scheme or 'that'}://; there are {', '.join(sorted(BACKENDS))}")
    module, extra = BACKENDS[scheme]
    try:
        opener: Opener = import_module(module).open_store
    except ModuleNotFoundError as error:
        if not extra:
            raise
        raise UnknownStoreError(f"{scheme}:// needs a driver: pip install 'masking[{extra}]'") from error
    return opener(url)
