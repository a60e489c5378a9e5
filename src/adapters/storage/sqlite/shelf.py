"""What the shelves of every kind share, in SQLite."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import apsw

from adapters.storage.sqlite.database import Database, fetch
from masking_core.instants import Instant

Record = TypeVar("Record")


class RowsShelf(ABC, Generic[Record]):
    """``Shelf`` of what stands in the rows of one table.

    A kind names its table, the column of its ids and the columns it reads, the ids first, and says
    how a record is made of a row, stored and removed.
    """

    table: ClassVar[str]
    id_column: ClassVar[str]
    columns: ClassVar[str]

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def count(self) -> int:
        """See ``Shelf``."""
        with self._database.reading() as connection:
            return int(fetch(connection, f"SELECT count(*) FROM {self.table}")[0][0])  # noqa: S608 names of ours

    def page(self, after: str, limit: int) -> Mapping[str, Record]:
        """See ``Shelf``."""
        condition = f"WHERE {self.id_column} > ? ORDER BY {self.id_column} LIMIT ?"
        return self._read(condition, (self._key(after), limit))

    def get(self, ids: Collection[str]) -> Mapping[str, Record]:
        """See ``Shelf``."""
        places = ", ".join("?" * len(ids))
        return self._read(f"WHERE {self.id_column} IN ({places})", [self._key(each) for each in ids])

    def put(self, records: Sequence[Record], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._database.writing() as connection:
            for record in records:
                self._put(connection, record)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._database.writing() as connection:
            for each in ids:
                self._remove(connection, self._key(each))

    def _read(self, condition: str, arguments: Sequence[Any]) -> dict[str, Record]:
        text = f"SELECT {self.columns} FROM {self.table} {condition}"  # noqa: S608 names of ours
        with self._database.reading_at_once() as connection:
            rows = fetch(connection, text, arguments)
            return {self._id(row[0]): self._made(connection, row) for row in rows}

    def _key(self, each: str) -> str | bytes:
        """An id as it stands in its column."""
        return each

    def _id(self, key: Any) -> str:
        """What ``_key`` was made of."""
        return str(key)

    @abstractmethod
    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> Record:
        """The record of a row."""

    @abstractmethod
    def _put(self, connection: apsw.Connection, record: Record) -> None:
        """Store a record."""

    def _remove(self, connection: apsw.Connection, key: str | bytes) -> None:
        connection.execute(f"DELETE FROM {self.table} WHERE {self.id_column} = ?", (key,))  # noqa: S608 names of ours
