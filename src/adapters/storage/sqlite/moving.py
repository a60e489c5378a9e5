"""Moving, in SQLite."""

from adapters.storage.blocks_shelf import BlocksShelf
from adapters.storage.small_shelves import AuditShelf, RecordsShelf
from adapters.storage.sqlite.blocks import SqliteBlocks
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.records import SqliteRecords
from adapters.storage.sqlite.shelves import (
    CallsShelf,
    HoursShelf,
    NumbersShelf,
    PoolsShelf,
    ReportsShelf,
    SessionsShelf,
)
from adapters.storage.sqlite.webhooks import SqliteWebhooks
from adapters.storage.webhooks_shelf import WebhooksShelf
from masking_core.errors import Conflict
from masking_core.moving import CopyMark
from masking_core.ports.moving import Shelves


class SqliteMoving(SqliteWebhooks, SqliteBlocks, SqliteRecords):
    """``MovingStore``."""

    _database: Database

    def store_id(self) -> str:
        """See ``MovingStore``."""
        with self._database.reading() as connection:
            return str(fetch(connection, "SELECT store_id FROM store")[0][0])

    def is_new(self) -> bool:
        """See ``MovingStore``."""
        return self._database.is_new()

    def shelves(self) -> Shelves:
        """See ``MovingStore``."""
        database = self._database
        return Shelves(
            pools=PoolsShelf(database),
            numbers=NumbersShelf(database),
            sessions=SessionsShelf(database),
            reports=ReportsShelf(database),
            calls=CallsShelf(database),
            hours=HoursShelf(database),
            webhooks=WebhooksShelf(self, self._replace_webhooks),
            blocks=BlocksShelf(self, self._replace_block),
            records=RecordsShelf(self, self._replace_record),
            audit=AuditShelf(self, self._count_lines, self._put_lines, self._remove_lines),
        )

    def copy_mark(self) -> CopyMark | None:
        """See ``MovingStore``."""
        with self._database.reading() as connection:
            source, finished = fetch(connection, "SELECT copied_from, copy_finished FROM store")[0]
        return CopyMark(source, bool(finished)) if source else None

    def set_copy_mark(self, expected: CopyMark | None, mark: CopyMark | None) -> None:
        """See ``MovingStore``."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE store SET copied_from = ?, copy_finished = ? WHERE copied_from = ? AND copy_finished = ?",
                (*_columns(mark), *_columns(expected)),
            )
            if not connection.changes():
                raise Conflict("the store's mark was changed meanwhile")


def _columns(mark: CopyMark | None) -> tuple[str, bool]:
    return ("", False) if mark is None else (mark.source, mark.finished)
