"""The shelves of calls, and of what was counted of them, in memory."""

from collections.abc import Collection, Mapping, Sequence

from adapters.storage.memory.calls import CallTables
from adapters.storage.memory.tables import Tables
from masking_core.call_records import CallRecord
from masking_core.instants import Instant
from masking_core.moving import StoredHour, named_hour


class CallsShelf:
    """``Shelf`` of calls."""

    def __init__(self, tables: Tables, calls: CallTables) -> None:
        """Take the tables."""
        self._tables = tables
        self._calls = calls

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self._calls.calls)

    def page(self, after: str, limit: int) -> Mapping[str, CallRecord]:
        """See ``Shelf``."""
        with self._tables.lock:
            return self.get(sorted(each for each in self._calls.calls if each > after)[:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, CallRecord]:
        """See ``Shelf``."""
        with self._tables.lock:
            return {each: self._calls.calls[each] for each in ids if each in self._calls.calls}

    def put(self, records: Sequence[CallRecord], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._tables.lock:
            for record in records:
                self._calls.put(record)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._tables.lock:
            for each in ids:
                self._calls.drop(each)


class HoursShelf:
    """``Shelf`` of hours in which calls began, and of what was counted of them."""

    def __init__(self, tables: Tables, calls: CallTables) -> None:
        """Take the tables."""
        self._tables = tables
        self._hours = calls.hours

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self._hours)

    def page(self, after: str, limit: int) -> Mapping[str, StoredHour]:
        """See ``Shelf``."""
        with self._tables.lock:
            last = named_hour(after) if after else ("", -1)
            return self._named(sorted(each for each in self._hours if each > last)[:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, StoredHour]:
        """See ``Shelf``."""
        with self._tables.lock:
            return self._named([named for named in map(named_hour, ids) if named in self._hours])

    def _named(self, keys: Sequence[tuple[str, Instant]]) -> dict[str, StoredHour]:
        found = [StoredHour(pool, self._hours[pool, begin]) for pool, begin in keys]
        return {hour.name: hour for hour in found}

    def put(self, records: Sequence[StoredHour], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._tables.lock:
            self._hours.update({(record.pool, record.hour.begin): record.hour for record in records})

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._tables.lock:
            for each in ids:
                self._hours.pop(named_hour(each), None)
