"""Moving, in memory."""

import secrets

from adapters.storage.blocks_shelf import BlocksShelf
from adapters.storage.memory.blocks import MemoryBlocks
from adapters.storage.memory.calls import CallTables
from adapters.storage.memory.pins import PinTables
from adapters.storage.memory.records import MemoryRecords
from adapters.storage.memory.shelves import NumbersShelf, PoolsShelf, ReportsShelf, SessionsShelf
from adapters.storage.memory.shelves_of_calls import CallsShelf, HoursShelf
from adapters.storage.memory.tables import Tables
from adapters.storage.memory.webhooks import MemoryWebhooks
from adapters.storage.small_shelves import AuditShelf, RecordsShelf
from adapters.storage.webhooks_shelf import WebhooksShelf
from masking_core.errors import Conflict
from masking_core.moving import CopyMark
from masking_core.ports.moving import Shelves


class MemoryMoving(MemoryWebhooks, MemoryBlocks, MemoryRecords):
    """``MovingStore``."""

    _tables: Tables
    _calls: CallTables
    _pins: PinTables

    def store_id(self) -> str:
        """See ``MovingStore``."""
        with self._tables.lock:
            self._tables.store_id = self._tables.store_id or secrets.token_hex(16)
            return self._tables.store_id

    def is_new(self) -> bool:
        """See ``MovingStore``. It has no schema that could be missing."""
        return False

    def shelves(self) -> Shelves:
        """See ``MovingStore``."""
        tables = self._tables
        return Shelves(
            pools=PoolsShelf(tables),
            numbers=NumbersShelf(tables, self._pins),
            sessions=SessionsShelf(tables),
            reports=ReportsShelf(tables),
            calls=CallsShelf(tables, self._calls),
            hours=HoursShelf(tables, self._calls),
            webhooks=WebhooksShelf(self, self._replace_webhooks),
            blocks=BlocksShelf(self, self._replace_block),
            records=RecordsShelf(self, self._replace_record),
            audit=AuditShelf(self, self._count_lines, self._put_lines, self._remove_lines),
        )

    def copy_mark(self) -> CopyMark | None:
        """See ``MovingStore``."""
        return self._tables.copy_mark

    def set_copy_mark(self, expected: CopyMark | None, mark: CopyMark | None) -> None:
        """See ``MovingStore``."""
        with self._tables.lock:
            if self._tables.copy_mark != expected:
                raise Conflict("the store's mark was changed meanwhile")
            self._tables.copy_mark = mark
