"""The port that keeps the provider's status reports."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.calls import StatusReport


class ReportStore(Protocol):
    """Keeps status reports, whole and sealed."""

    def keep_report(self, report: StatusReport, digests: Sequence[bytes], key_ids: Sequence[str]) -> None:
        """Store a report; once this returns it is durable.

        ``digests`` are those of the same body under every key of the ring ``key_ids``: a report
        that is known by any of them is not stored again. Raises KeysChanged.
        """
        ...

    def list_reports(self, session_id: str) -> Sequence[StatusReport]:
        """The reports of a session in the order they came; of no session, for the empty id."""
        ...

    def reports_page(self, after: bytes, limit: int) -> Sequence[StatusReport]:
        """At most ``limit`` reports of all sessions by digest, beginning after ``after``."""
        ...

    def rekey_report(self, digest: bytes, resealed: StatusReport) -> None:
        """Put a re-sealed report in the place of the one known by ``digest``; one that is gone stays so."""
        ...

    def forget_reports(self, digests: Sequence[bytes]) -> None:
        """Forget the reports known by these digests; one that is gone stays so."""
        ...
