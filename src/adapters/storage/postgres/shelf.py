"""What the shelves of every kind share, in Postgres."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Row, Statement, statement, text
from adapters.storage.postgres.transaction import Transaction
from masking_core.instants import Instant

Record = TypeVar("Record")

_PATIENCE: Final = 60.0
"""Seconds that a page may take, for which nobody waits on the telephone."""


class RowsShelf(ABC, Generic[Record]):
    """``Shelf`` of what stands in the rows of one table.

    A kind names its table, the column of its ids with its type, and the columns it reads, the ids
    first, and says how records are made of rows, and by which statements they are stored and removed.
    """

    table: ClassVar[str]
    id_column: ClassVar[str]
    id_type: ClassVar[str] = "text"
    columns: ClassVar[str]

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def count(self) -> int:
        """See ``Shelf``."""
        ((count,),) = self._database.read(Statement(text("shelf_count", table=self.table)))
        return int(count)

    def page(self, after: str, limit: int) -> Mapping[str, Record]:
        """See ``Shelf``."""
        asked = text("shelf_page", table=self.table, columns=self.columns, id=self.id_column)
        return self._read(Statement(asked, (self._key(after), limit)))

    def get(self, ids: Collection[str]) -> Mapping[str, Record]:
        """See ``Shelf``."""
        asked = text("shelf_get", table=self.table, columns=self.columns, id=self.id_column, type=self.id_type)
        return self._read(Statement(asked, (self._keys(ids),)))

    def put(self, records: Sequence[Record], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        if records:
            self._change(lambda transaction: self._putting(transaction, records))

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        if ids:
            self._change(lambda transaction: self._removing(transaction, self._keys(ids)))

    def _read(self, asked: Statement) -> Mapping[str, Record]:
        rows = self._database.read(asked)
        return dict(zip((self._id(row[0]) for row in rows), self._made(rows), strict=True))

    def _change(self, work: Callable[[Transaction], Sequence[Statement]]) -> None:
        change(self._database, work)

    def _keys(self, ids: Collection[str]) -> list[str | bytes]:
        return [self._key(each) for each in ids]

    def _key(self, each: str) -> str | bytes:
        """An id as it stands in its column."""
        return each

    def _id(self, key: Any) -> str:
        """What ``_key`` was made of."""
        return str(key)

    @abstractmethod
    def _made(self, rows: Sequence[Row]) -> Sequence[Record]:
        """The record of each row."""

    @abstractmethod
    def _putting(self, transaction: Transaction, records: Sequence[Record]) -> Sequence[Statement]:
        """What stores records."""

    def _removing(self, transaction: Transaction, keys: Sequence[str | bytes]) -> Sequence[Statement]:
        """What removes the rows with these ids."""
        del transaction
        return (Statement(text("shelf_remove", table=self.table, id=self.id_column, type=self.id_type), (keys,)),)


def by_column(name: str, rows: Sequence[Sequence[object]]) -> Statement:
    """The statement of ``statements/<name>.sql`` on at least one row, with an array for each column."""
    return statement(name, *map(list, zip(*rows, strict=True)))


def change(database: Database, work: Callable[[Transaction], Sequence[Statement]]) -> None:
    """Carry out the statements that ``work`` makes of what it asks, in one transaction."""

    def whole(transaction: Transaction) -> None:
        transaction.begin()
        transaction.commit(*work(transaction))

    database.write(whole, repeatable=True, patience=_PATIENCE)
