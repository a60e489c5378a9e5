"""Every backend of the registry, opened fresh for a test. A new backend adds one line here."""

from collections.abc import Callable
from pathlib import Path

from adapters.storage.registry import BACKENDS
from support.pgbouncers import fresh_database

URLS: dict[str, Callable[[Path], str]] = {
    "memory": lambda _: "memory://",
    "sqlite": lambda folder: f"sqlite:///{folder}/masking.db",
    "postgresql": lambda _: fresh_database(),
}
"""How a test names a private store of each backend; ``folder`` is its own."""

SHARED = sorted(set(BACKENDS) - {"memory"})
"""The backends that several processes can share, and that survive them."""

if set(URLS) != set(BACKENDS):
    raise RuntimeError("every backend of the registry is tested, and no other")
