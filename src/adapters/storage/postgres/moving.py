"""Moving, in Postgres."""

from adapters.storage.blocks_shelf import BlocksShelf
from adapters.storage.postgres.blocks import PostgresBlocks
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.records import PostgresRecords
from adapters.storage.postgres.shelves import NumbersShelf, PoolsShelf, ReportsShelf, SessionsShelf
from adapters.storage.postgres.shelves_of_calls import CallsShelf, HoursShelf
from adapters.storage.postgres.sql import statement
from adapters.storage.postgres.transaction import Transaction
from adapters.storage.postgres.webhooks import PostgresWebhooks
from adapters.storage.small_shelves import AuditShelf, RecordsShelf
from adapters.storage.webhooks_shelf import WebhooksShelf
from masking_core.errors import Conflict
from masking_core.moving import CopyMark
from masking_core.ports.moving import Shelves


class PostgresMoving(PostgresWebhooks, PostgresBlocks, PostgresRecords):
    """``MovingStore``, but for whether there is a schema."""

    _database: Database

    def store_id(self) -> str:
        """See ``MovingStore``."""
        ((store_id, _, _),) = self._database.read(statement("get_store"))
        return str(store_id)

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
        ((_, source, finished),) = self._database.read(statement("get_store"))
        return CopyMark(source, finished) if source else None

    def set_copy_mark(self, expected: CopyMark | None, mark: CopyMark | None) -> None:
        """See ``MovingStore``."""

        def work(transaction: Transaction) -> None:
            if not transaction.begin(statement("set_copy_mark", *_columns(expected), *_columns(mark)))[0]:
                raise Conflict("the store's mark was changed meanwhile")
            transaction.commit()

        self._database.write(work)


def _columns(mark: CopyMark | None) -> tuple[str, bool]:
    return ("", False) if mark is None else (mark.source, mark.finished)
