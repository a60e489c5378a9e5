"""Status reports, in SQLite."""

from collections.abc import Sequence

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.keys import check_writer
from adapters.storage.sqlite.sql import statement
from masking_core.calls import StatusReport
from masking_core.sealed import Sealed

_REPORT = "SELECT digest, session_id, receive_time, body FROM reports"


class SqliteReports:
    """``ReportStore``."""

    _database: Database

    def keep_report(self, report: StatusReport, digests: Sequence[bytes], key_ids: Sequence[str]) -> None:
        """See ``ReportStore``."""
        with self._database.writing() as connection:
            check_writer(connection, key_ids)
            connection.execute(
                statement("keep_report", len(digests)),
                (report.digest, report.session_id, report.receive_time, report.body, *digests),
            )

    def list_reports(self, session_id: str) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, f"{_REPORT} WHERE session_id = ? ORDER BY receive_time", (session_id,))
            return [decoded_report(row) for row in rows]

    def reports_page(self, after: bytes, limit: int) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, f"{_REPORT} WHERE digest > ? ORDER BY digest LIMIT ?", (after, limit))
            return [decoded_report(row) for row in rows]

    def rekey_report(self, digest: bytes, resealed: StatusReport) -> None:
        """See ``ReportStore``."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE OR REPLACE reports SET digest = ?, body = ? WHERE digest = ?",
                (resealed.digest, resealed.body, digest),
            )

    def forget_reports(self, digests: Sequence[bytes]) -> None:
        """See ``ReportStore``."""
        with self._database.writing() as connection:
            for digest in digests:
                connection.execute("DELETE FROM reports WHERE digest = ?", (digest,))


def decoded_report(row: tuple[bytes, str, int, bytes]) -> StatusReport:
    """The report of a row: digest, session_id, receive_time, body."""
    digest, session_id, receive_time, body = row
    return StatusReport(digest, session_id, receive_time, Sealed(body))
