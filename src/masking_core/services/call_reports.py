"""Keeping the provider's status reports."""

from collections.abc import Sequence

from masking_core.calls import StatusReport, session_of_reference
from masking_core.instants import Clock
from masking_core.ports.keys import Vault
from masking_core.ports.reports import ReportStore
from masking_core.sealed import report_place
from masking_core.services.current_keys import under_current_keys


class CallReports:
    """Keeps what the provider tells of a call after it."""

    def __init__(self, reports: ReportStore, vault: Vault, clock: Clock) -> None:
        """Take the ports."""
        self._reports = reports
        self._vault = vault
        self._clock = clock

    def keep(self, body: bytes, reference: str) -> None:
        """Keep a report whole; the same one again changes nothing. Durable once this returns.

        ``reference`` is the call's, as the report names it, or empty.
        """
        under_current_keys(self._vault, lambda: self._keep(body, reference))

    def _keep(self, body: bytes, reference: str) -> None:
        key_ids = self._vault.key_ids()
        digests = self._vault.digests(body)
        sealed = self._vault.seal_bytes(body, report_place(digests[0]))
        report = StatusReport(digests[0], session_of_reference(reference), self._clock(), sealed)
        self._reports.keep_report(report, digests, key_ids)

    def of_session(self, session_id: str) -> Sequence[bytes]:
        """The bodies of a session's reports, in the order they came."""
        return [
            self._vault.unseal_bytes(report.body, report_place(report.digest))
            for report in self._reports.list_reports(session_id)
        ]
