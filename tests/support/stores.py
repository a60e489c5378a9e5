"""Every backend of the registry, opened fresh for a test. A new backend adds one line here."""

from collections.abc import Callable
from pathlib import Path

from adapters.storage.registry import BACKENDS
from support.migrated import migrated_database
from support.pgbouncers import reached
from support.redis_servers import cluster_url, single_url

URLS: dict[str, Callable[[Path], str]] = {
    "memory": lambda _: "memory://",
    "sqlite": lambda folder: f"sqlite:///{folder}/masking.db",
    "postgresql": lambda _: reached(migrated_database()),
    "redis": lambda _: single_url(),
    "redis+cluster": lambda _: cluster_url(),
}
"""How a test names a private store of each backend; ``folder`` is its own."""

SHARED = sorted(set(URLS) - {"memory"})
"""The backends that several processes can share, and that survive them."""

WAYS = {"rediss", "redis+sentinel"}
"""Schemes that lead to a backend which is tested under another one; their own tests say that they do."""

if set(URLS) | WAYS != set(BACKENDS):
    raise RuntimeError("every backend of the registry is tested, and no other")
