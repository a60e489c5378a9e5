"""Sealed records and the audit, in memory."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from adapters.storage.memory.tables import Tables
from masking_core.audit import AUDIT_HEAD, AuditLine
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.sealed import Sealed


class MemoryRecords:
    """``RecordStore`` and ``AuditStore``."""

    _tables: Tables

    def get_record(self, name: str) -> Sealed | None:
        """See ``RecordStore``."""
        return self._tables.records.get(name)

    def set_record(self, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``RecordStore``."""
        with self._tables.lock:
            check_ring(key_ids, [key.key_id for key in self._tables.keys])
            if self._tables.records.get(name) != expected:
                raise Conflict("the record was changed meanwhile")
            self._tables.records[name] = sealed

    def extend_audit(
        self, expected: Sealed | None, head: Sealed, lines: Sequence[AuditLine], key_ids: Sequence[str]
    ) -> None:
        """See ``AuditStore``."""
        with self._tables.lock:
            self.set_record(AUDIT_HEAD, expected, head, key_ids)
            self._tables.audit.extend(lines)

    def trim_audit(self, expected: Sealed, head: Sealed, below: int, key_ids: Sequence[str]) -> None:
        """See ``AuditStore``."""
        with self._tables.lock:
            self.set_record(AUDIT_HEAD, expected, head, key_ids)
            audit = self._tables.audit
            del audit[: bisect_left(audit, below, key=_number)]

    def audit_lines(self, after: int, limit: int) -> Sequence[AuditLine]:
        """See ``AuditStore``."""
        with self._tables.lock:
            audit = self._tables.audit
            begin = bisect_right(audit, after, key=_number)
            return audit[begin : begin + limit]

    def _replace_record(self, name: str, sealed: Sealed | None) -> None:
        with self._tables.lock:
            self._tables.records.pop(name, None)
            if sealed is not None:
                self._tables.records[name] = sealed

    def _count_lines(self) -> int:
        return len(self._tables.audit)

    def _put_lines(self, lines: Sequence[AuditLine]) -> None:
        with self._tables.lock:
            known = {line.number: line for line in (*self._tables.audit, *lines)}
            self._tables.audit = [known[number] for number in sorted(known)]

    def _remove_lines(self, numbers: Sequence[int]) -> None:
        with self._tables.lock:
            self._tables.audit = [line for line in self._tables.audit if line.number not in numbers]


def _number(line: AuditLine) -> int:
    return line.number
