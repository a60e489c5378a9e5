"""Status reports, in memory."""

from collections.abc import Sequence

from adapters.storage.memory.tables import Tables
from masking_core.calls import StatusReport
from masking_core.keys import check_ring


class MemoryReports:
    """``ReportStore``."""

    _tables: Tables

    def keep_report(self, report: StatusReport, digests: Sequence[bytes], key_ids: Sequence[str]) -> None:
        """See ``ReportStore``."""
        with self._tables.lock:
            check_ring(key_ids, [key.key_id for key in self._tables.keys])
            if not any(digest in self._tables.reports for digest in digests):
                self._tables.reports[report.digest] = report

    def list_reports(self, session_id: str) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        with self._tables.lock:
            found = [report for report in self._tables.reports.values() if report.session_id == session_id]
            return sorted(found, key=lambda report: report.receive_time)

    def reports_page(self, after: bytes, limit: int) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        with self._tables.lock:
            digests = sorted(digest for digest in self._tables.reports if digest > after)
            return [self._tables.reports[digest] for digest in digests[:limit]]

    def rekey_report(self, digest: bytes, resealed: StatusReport) -> None:
        """See ``ReportStore``."""
        with self._tables.lock:
            if self._tables.reports.pop(digest, None) is not None:
                self._tables.reports[resealed.digest] = resealed

    def forget_reports(self, digests: Sequence[bytes]) -> None:
        """See ``ReportStore``."""
        with self._tables.lock:
            for digest in digests:
                self._tables.reports.pop(digest, None)
