"""Sealed records and the audit, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.keys import check_writer
from adapters.storage.sqlite.sql import statement
from masking_core.audit import AUDIT_HEAD, AuditLine
from masking_core.errors import Conflict
from masking_core.sealed import Sealed


class SqliteRecords:
    """``RecordStore`` and ``AuditStore``."""

    _database: Database

    def get_record(self, name: str) -> Sealed | None:
        """See ``RecordStore``."""
        with self._database.reading() as connection:
            return _stored(connection, name)

    def set_record(self, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``RecordStore``."""
        with self._database.writing() as connection:
            _replace(connection, name, expected, sealed, key_ids)

    def extend_audit(
        self, expected: Sealed | None, head: Sealed, lines: Sequence[AuditLine], key_ids: Sequence[str]
    ) -> None:
        """See ``AuditStore``."""
        with self._database.writing() as connection:
            _replace(connection, AUDIT_HEAD, expected, head, key_ids)
            _put(connection, lines)

    def trim_audit(self, expected: Sealed, head: Sealed, below: int, key_ids: Sequence[str]) -> None:
        """See ``AuditStore``."""
        with self._database.writing() as connection:
            _replace(connection, AUDIT_HEAD, expected, head, key_ids)
            connection.execute("DELETE FROM audit_lines WHERE number < ?", (below,))

    def audit_lines(self, after: int, limit: int) -> Sequence[AuditLine]:
        """See ``AuditStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, statement("audit_lines"), (after, limit))
        return [AuditLine(number, text.decode(errors="replace"), digest) for number, text, digest in rows]

    def _replace_record(self, name: str, sealed: Sealed | None) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sealed_records WHERE name = ?", (name,))
            if sealed is not None:
                connection.execute(statement("put_record"), (name, sealed))

    def _count_lines(self) -> int:
        with self._database.reading() as connection:
            return int(fetch(connection, "SELECT count(*) FROM audit_lines")[0][0])

    def _put_lines(self, lines: Sequence[AuditLine]) -> None:
        with self._database.writing() as connection:
            _put(connection, lines)

    def _remove_lines(self, numbers: Sequence[int]) -> None:
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM audit_lines WHERE number = ?", [(number,) for number in numbers])


def _stored(connection: apsw.Connection, name: str) -> Sealed | None:
    rows = fetch(connection, "SELECT sealed FROM sealed_records WHERE name = ?", (name,))
    return Sealed(rows[0][0]) if rows else None


def _replace(
    connection: apsw.Connection, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]
) -> None:
    check_writer(connection, key_ids)
    if _stored(connection, name) != expected:
        raise Conflict("the record was changed meanwhile")
    connection.execute(statement("put_record"), (name, sealed))


def _put(connection: apsw.Connection, lines: Sequence[AuditLine]) -> None:
    rows = [(line.number, line.text, line.digest) for line in lines]
    connection.executemany(statement("put_audit_line"), rows)
