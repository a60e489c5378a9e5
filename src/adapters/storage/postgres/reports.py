"""Status reports, in Postgres."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Row, statement
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.calls import StatusReport
from masking_core.keys import check_ring
from masking_core.sealed import Sealed

_LOCK_BYTES = 8


class PostgresReports:
    """``ReportStore``."""

    _database: Database

    def keep_report(self, report: StatusReport, digests: Sequence[bytes], key_ids: Sequence[str]) -> None:
        """See ``ReportStore``."""
        locks = sorted(int.from_bytes(digest[:_LOCK_BYTES], "big", signed=True) for digest in digests)

        def work(transaction: Transaction) -> None:
            keys, _ = transaction.begin(statement("get_keys"), statement("lock_digests", locks), fence=Fence.SHARED)
            check_ring(key_ids, [key_id for key_id, _ in keys])
            transaction.commit(
                statement(
                    "keep_report", report.digest, report.session_id, report.receive_time, report.body, list(digests)
                ),
                statement("confirm"),
            )

        self._database.write(work, repeatable=True)

    def list_reports(self, session_id: str) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        return [decoded_report(row) for row in self._database.read(statement("list_reports", session_id))]

    def reports_page(self, after: bytes, limit: int) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        return [decoded_report(row) for row in self._database.read(statement("reports_page", after, limit))]

    def rekey_report(self, digest: bytes, resealed: StatusReport) -> None:
        """See ``ReportStore``."""

        def work(transaction: Transaction) -> None:
            transaction.begin(statement("rekey_report", digest, resealed.digest, resealed.body))
            transaction.commit()

        self._database.write(work, repeatable=True)

    def forget_reports(self, digests: Sequence[bytes]) -> None:
        """See ``ReportStore``."""
        dropping = statement("drop_reports", list(digests))
        self._database.write(lambda transaction: transaction.carry_out(dropping), repeatable=True)


def decoded_report(row: Row) -> StatusReport:
    """The report of a row: its columns as list_reports.sql returns them."""
    digest, session_id, receive_time, body = row
    return StatusReport(digest, session_id, receive_time, Sealed(body))
