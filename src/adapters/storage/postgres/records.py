"""Sealed records and the audit, in Postgres."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Statement, statement
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.audit import AUDIT_HEAD, AuditLine
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.sealed import Sealed


class PostgresRecords:
    """``RecordStore`` and ``AuditStore``."""

    _database: Database

    def get_record(self, name: str) -> Sealed | None:
        """See ``RecordStore``."""
        rows = self._database.read(statement("get_record", name))
        return Sealed(rows[0][0]) if rows else None

    def set_record(self, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``RecordStore``."""
        self._replace(name, expected, sealed, key_ids)

    def extend_audit(
        self, expected: Sealed | None, head: Sealed, lines: Sequence[AuditLine], key_ids: Sequence[str]
    ) -> None:
        """See ``AuditStore``."""
        self._replace(AUDIT_HEAD, expected, head, key_ids, _putting(lines))

    def trim_audit(self, expected: Sealed, head: Sealed, below: int, key_ids: Sequence[str]) -> None:
        """See ``AuditStore``."""
        self._replace(AUDIT_HEAD, expected, head, key_ids, statement("trim_audit", below))

    def audit_lines(self, after: int, limit: int) -> Sequence[AuditLine]:
        """See ``AuditStore``."""
        return [AuditLine(*row) for row in self._database.read(statement("audit_lines", after, limit))]

    def _replace(
        self, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str], *further: Statement
    ) -> None:
        """Put a record in the place of another, and carry out further statements with it."""

        def work(transaction: Transaction) -> None:
            keys, stored = transaction.begin(
                statement("get_keys"), statement("put_record", name, expected, sealed), fence=Fence.SHARED
            )
            check_ring(key_ids, [key_id for key_id, _ in keys])
            if not stored:
                raise Conflict("the record was changed meanwhile")
            transaction.commit(*further)

        self._database.write(work)

    def _replace_record(self, name: str, sealed: Sealed | None) -> None:
        def work(transaction: Transaction) -> None:
            transaction.begin(statement("drop_record", name))
            transaction.commit(*([] if sealed is None else [statement("put_record", name, None, sealed)]))

        self._database.write(work, repeatable=True)

    def _count_lines(self) -> int:
        return int(self._database.read(statement("count_audit_lines"))[0][0])

    def _put_lines(self, lines: Sequence[AuditLine]) -> None:
        self._database.write(lambda transaction: _carry_out(transaction, _putting(lines)), repeatable=True)

    def _remove_lines(self, numbers: Sequence[int]) -> None:
        dropping = statement("drop_audit_lines", list(numbers))
        self._database.write(lambda transaction: _carry_out(transaction, dropping), repeatable=True)


def _putting(lines: Sequence[AuditLine]) -> Statement:
    return statement(
        "put_audit_lines",
        [line.number for line in lines],
        [line.text for line in lines],
        [line.digest for line in lines],
    )


def _carry_out(transaction: Transaction, work: Statement) -> None:
    transaction.carry_out(work)
