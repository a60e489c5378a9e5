"""Shelves that are the same over every backend: sealed records, and the lines of the audit."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from masking_core.access import API_KEYS_PLACE
from masking_core.audit import AUDIT_HEAD, AuditLine, line_id
from masking_core.instants import Instant
from masking_core.moving import StoredRecord
from masking_core.ports.audit import AuditStore
from masking_core.ports.records import RecordStore
from masking_core.sealed import Sealed

_NAMES: Final = (API_KEYS_PLACE, AUDIT_HEAD)
"""Every record that there may be, in order."""


class RecordsShelf:
    """``Shelf`` of the sealed records."""

    def __init__(self, store: RecordStore, replace: Callable[[str, Sealed | None], None]) -> None:
        """Take what reads a record, and what puts another in its place, or none."""
        self._store = store
        self._replace = replace

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self.get(_NAMES))

    def page(self, after: str, limit: int) -> Mapping[str, StoredRecord]:
        """See ``Shelf``."""
        found = self.get([name for name in _NAMES if name > after])
        return dict(list(found.items())[:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, StoredRecord]:
        """See ``Shelf``."""
        found = ((name, self._store.get_record(name)) for name in _NAMES if name in ids)
        return {name: StoredRecord(name, sealed) for name, sealed in found if sealed is not None}

    def put(self, records: Sequence[StoredRecord], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        for record in records:
            self._replace(record.name, record.sealed)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        for name in ids:
            self._replace(name, None)


class AuditShelf:
    """``Shelf`` of the lines of the audit."""

    def __init__(
        self,
        store: AuditStore,
        count: Callable[[], int],
        put: Callable[[Sequence[AuditLine]], None],
        remove: Callable[[Sequence[int]], None],
    ) -> None:
        """Take what reads lines, and what counts, puts and removes them by their numbers."""
        self._store = store
        self._count = count
        self._put = put
        self._remove = remove

    def count(self) -> int:
        """See ``Shelf``."""
        return self._count()

    def page(self, after: str, limit: int) -> Mapping[str, AuditLine]:
        """See ``Shelf``."""
        return {line_id(line.number): line for line in self._store.audit_lines(int(after or "0"), limit)}

    def get(self, ids: Collection[str]) -> Mapping[str, AuditLine]:
        """See ``Shelf``. What is asked for together stands together, so one read finds most of it."""
        found: dict[str, AuditLine] = {}
        for each in sorted(ids):
            if each not in found:
                found |= {line_id(line.number): line for line in self._store.audit_lines(int(each) - 1, len(ids))}
        return {each: found[each] for each in ids if each in found}

    def put(self, records: Sequence[AuditLine], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        if records:
            self._put(records)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        if ids:
            self._remove([int(each) for each in ids])
