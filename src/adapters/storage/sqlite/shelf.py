"""What the shelves of every kind share, in SQLite."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import apsw

from adapters.storage.sqlite.database import Database, fetch
from masking_core.instants import Instant

Record = TypeVar("Record")
Key = tuple[str | bytes | int, ...]
"""An id as it stands in the columns of a table."""


class RowsShelf(ABC, Generic[Record]):
    """``Shelf`` of what stands in the rows of one table.

    A kind names its table, the columns that make its ids and the columns it reads, the ids first,
    and says how a record is made of a row, stored and removed.
    """

    table: ClassVar[str]
    id_columns: ClassVar[tuple[str, ...]]
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
        ids = ", ".join(self.id_columns)
        return self._read(f"WHERE ({ids}) > {self._places} ORDER BY {ids} LIMIT ?", (*self._key(after), limit))

    def get(self, ids: Collection[str]) -> Mapping[str, Record]:
        """See ``Shelf``."""
        if not ids:
            return {}
        places = ", ".join([self._places] * len(ids))
        condition = f"WHERE ({', '.join(self.id_columns)}) IN (VALUES {places})"
        return self._read(condition, [value for each in ids for value in self._key(each)])

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
            return {self._id(*row[: len(self.id_columns)]): self._made(connection, row) for row in rows}

    @property
    def _places(self) -> str:
        return f"({', '.join('?' * len(self.id_columns))})"

    def _key(self, each: str) -> Key:
        """An id as it stands in its columns; the empty one comes before all others."""
        return (each,)

    def _id(self, *key: Any) -> str:
        """What ``_key`` was made of."""
        return str(key[0])

    @abstractmethod
    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> Record:
        """The record of a row."""

    @abstractmethod
    def _put(self, connection: apsw.Connection, record: Record) -> None:
        """Store a record."""

    def _remove(self, connection: apsw.Connection, key: Key) -> None:
        ids = ", ".join(self.id_columns)
        connection.execute(f"DELETE FROM {self.table} WHERE ({ids}) = {self._places}", key)  # noqa: S608 names of ours
