"""The shelf of each kind of record, in memory."""

from bisect import insort
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from adapters.storage.memory.pins import PinTables
from adapters.storage.memory.tables import NumberRow, Tables
from masking_core.calls import StatusReport
from masking_core.instants import Instant
from masking_core.moving import StoredNumber, StoredSession, stored_session
from masking_core.pools import Pool
from masking_core.sessions import Session, routes_of


class PoolsShelf:
    """``Shelf`` of pools."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables."""
        self._tables = tables

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self._tables.pools)

    def page(self, after: str, limit: int) -> Mapping[str, Pool]:
        """See ``Shelf``."""
        with self._tables.lock:
            return self.get(sorted(name for name in self._tables.pools if name > after)[:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, Pool]:
        """See ``Shelf``."""
        with self._tables.lock:
            return {each: self._tables.pools[each] for each in ids if each in self._tables.pools}

    def put(self, records: Sequence[Pool], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._tables.lock:
            self._tables.pools.update({pool.name: pool for pool in records})

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._tables.lock:
            for each in ids:
                self._tables.pools.pop(each, None)


class NumbersShelf:
    """``Shelf`` of virtual numbers."""

    def __init__(self, tables: Tables, pins: PinTables) -> None:
        """Take the tables, and the tries of PINs."""
        self._tables = tables
        self._pins = pins

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self._tables.numbers)

    def page(self, after: str, limit: int) -> Mapping[str, StoredNumber]:
        """See ``Shelf``."""
        with self._tables.lock:
            return self.get(sorted(number for number in self._tables.numbers if number > after)[:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, StoredNumber]:
        """See ``Shelf``."""
        with self._tables.lock:
            rows = [self._tables.numbers[each] for each in ids if each in self._tables.numbers]
            return {row.facts.number: self._stored(row) for row in rows}

    def _stored(self, row: NumberRow) -> StoredNumber:
        number = replace(row.facts, load=row.load, reserved_by=row.reserved_by)
        return StoredNumber(number, tuple(sorted(row.lookups)), row.turn, self._pins.numbers.get(number.number))

    def put(self, records: Sequence[StoredNumber], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._tables.lock:
            self.remove([record.number.number for record in records])
            for record in records:
                if record.number.pool in self._tables.pools:
                    self._put(record)
            self._tables.stand_in_turn()

    def _put(self, record: StoredNumber) -> None:
        number = record.number
        row = NumberRow(replace(number, load=0, reserved_by=""), (), number.load, number.reserved_by, record.turn)
        self._tables.numbers[number.number] = row
        self._tables.set_number_lookups(row, record.lookups)
        if record.tries is not None:
            self._pins.numbers[number.number] = record.tries

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._tables.lock:
            for each in ids:
                row = self._tables.numbers.get(each)
                self._pins.numbers.pop(each, None)
                if row is not None:
                    self._tables.drop_number(row)


class SessionsShelf:
    """``Shelf`` of sessions, and of the routes that lead to them."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables."""
        self._tables = tables

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self._tables.sessions)

    def page(self, after: str, limit: int) -> Mapping[str, StoredSession]:
        """See ``Shelf``."""
        with self._tables.lock:
            return self.get([each for each in self._tables.session_ids if each > after][:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, StoredSession]:
        """See ``Shelf``."""
        with self._tables.lock:
            return {each: self._stored(self._tables.sessions[each]) for each in ids if each in self._tables.sessions}

    def _stored(self, session: Session) -> StoredSession:
        routes = self._tables.routes
        owned = {
            (caller, dialled)
            for caller in {entry.caller for entry in routes_of(session)}
            for dialled, route in routes.get(caller, {}).items()
            if route.session_id == session.session_id
        }
        return stored_session(session, owned, counts=session.session_id in self._tables.loading)

    def put(self, records: Sequence[StoredSession], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._tables.lock:
            self.remove([record.session.session_id for record in records])
            for record in records:
                if record.session.pool in self._tables.pools:
                    self._put(record)

    def _put(self, record: StoredSession) -> None:
        tables, session = self._tables, record.session
        tables.sessions[session.session_id] = session
        insort(tables.session_ids, session.session_id)
        if session.request_id:
            tables.session_of_request[session.request_id] = session.session_id
        if record.counts:
            tables.loading.add(session.session_id)
        tables.await_expiry(session)
        for entry in routes_of(session):
            tables.sessions_of_caller[entry.caller].add(session.session_id)
            if (entry.caller, entry.dialled) not in record.lost:
                tables.lead(entry, session)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._tables.lock:
            for each in ids:
                session = self._tables.sessions.get(each)
                if session is not None:
                    self._tables.loading.discard(each)
                    self._tables.take_out(session)


class ReportsShelf:
    """``Shelf`` of status reports."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables."""
        self._tables = tables

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self._tables.reports)

    def page(self, after: str, limit: int) -> Mapping[str, StatusReport]:
        """See ``Shelf``."""
        with self._tables.lock:
            return self.get(sorted(each for each in map(bytes.hex, self._tables.reports) if each > after)[:limit])

    def get(self, ids: Collection[str]) -> Mapping[str, StatusReport]:
        """See ``Shelf``."""
        with self._tables.lock:
            found = {each: self._tables.reports.get(bytes.fromhex(each)) for each in ids}
            return {each: report for each, report in found.items() if report is not None}

    def put(self, records: Sequence[StatusReport], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        with self._tables.lock:
            self._tables.reports.update({report.digest: report for report in records})

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        with self._tables.lock:
            for each in ids:
                self._tables.reports.pop(bytes.fromhex(each), None)
