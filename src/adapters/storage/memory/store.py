"""The memory backend."""

from urllib.parse import urlsplit

from adapters.storage.memory.blocks import MemoryBlocks
from adapters.storage.memory.calls import CallTables, MemoryCalls
from adapters.storage.memory.events import MemoryEvents
from adapters.storage.memory.keeping import MemoryKeeping
from adapters.storage.memory.limits import LimitTables, MemoryLimits
from adapters.storage.memory.moving import MemoryMoving
from adapters.storage.memory.numbers import MemoryNumbers
from adapters.storage.memory.pins import MemoryPins, PinTables
from adapters.storage.memory.records import MemoryRecords
from adapters.storage.memory.reports import MemoryReports
from adapters.storage.memory.sessions import MemorySessions
from adapters.storage.memory.tables import Tables
from adapters.storage.memory.usage import MemoryUsage
from adapters.storage.memory.webhooks import MemoryWebhooks
from masking_core.ports.store import Store


class MemoryStore(
    MemorySessions,
    MemoryNumbers,
    MemoryReports,
    MemoryCalls,
    MemoryPins,
    MemoryLimits,
    MemoryEvents,
    MemoryKeeping,
    MemoryMoving,
    MemoryUsage,
    MemoryWebhooks,
    MemoryBlocks,
    MemoryRecords,
):
    """A store that lives as long as its object."""

    def __init__(self) -> None:
        """Begin empty."""
        self._tables = Tables()
        self._calls = CallTables()
        self._pins = PinTables()
        self._limits = LimitTables()

    def migrate(self) -> tuple[str, ...]:
        """See ``Store``. There is no schema."""
        return ()

    def check(self) -> None:
        """See ``Store``. It can always serve."""

    def close(self) -> None:
        """See ``Store``. There is nothing to give back."""


def open_store(url: str) -> Store:
    """A new, empty store; ``memory://`` names nothing, so each call gives another. Raises ValueError for more."""
    if urlsplit(url).netloc or urlsplit(url).path:
        raise ValueError("memory:// takes nothing behind it")
    return MemoryStore()
