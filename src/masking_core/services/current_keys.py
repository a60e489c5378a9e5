"""Writing under the keys that the store demands now."""

from collections.abc import Callable
from typing import TypeVar

from masking_core.errors import KeysChanged
from masking_core.ports.keys import Vault

Written = TypeVar("Written")


def under_current_keys(vault: Vault, attempt: Callable[[], Written]) -> Written:
    """Run ``attempt``, and once more with the ring loaded anew if the store has moved to other keys."""
    try:
        return attempt()
    except KeysChanged:
        vault.refresh()
        return attempt()
