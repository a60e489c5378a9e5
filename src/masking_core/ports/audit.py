"""The port that keeps the audit: lines in one chain, and its sealed head."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.audit import AuditLine
from masking_core.sealed import Sealed


class AuditStore(Protocol):
    """Keeps lines by their number. The head is the record ``AUDIT_HEAD``."""

    def extend_audit(
        self, expected: Sealed | None, head: Sealed, lines: Sequence[AuditLine], key_ids: Sequence[str]
    ) -> None:
        """Store the lines and the head that they lead to, all or none; durable once this returns.

        ``expected`` is the head that they go on from, None for a chain that begins. Raises Conflict
        unless it is the one stored, so that of several processes one extends the chain; and KeysChanged.
        """
        ...

    def trim_audit(self, expected: Sealed, head: Sealed, below: int, key_ids: Sequence[str]) -> None:
        """Forget the lines with a number below ``below`` and store the head that says so, likewise."""
        ...

    def audit_lines(self, after: int, limit: int) -> Sequence[AuditLine]:
        """At most ``limit`` lines in the order of their numbers, beginning after the number ``after``.

        One that somebody has spoilt in the store comes with another text, and with its number.
        """
        ...
