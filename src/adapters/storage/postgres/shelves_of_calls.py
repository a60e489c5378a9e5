"""The shelves of calls, and of what was counted of them, in Postgres."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from adapters.storage.codec import decode_call
from adapters.storage.postgres.call_writing import Change, change_calls, drop_calls, put_calls, put_entries
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.shelf import RowsShelf, by_column, change
from adapters.storage.postgres.sql import Row, Statement, statement
from adapters.storage.postgres.transaction import Transaction
from masking_core.call_records import CallRecord
from masking_core.instants import Instant
from masking_core.moving import StoredHour, named_hour
from masking_core.ports.calls import CountedHour


class CallsShelf(RowsShelf[CallRecord]):
    """Calls, and by what they are found."""

    table, id_column = "calls", "call_id"
    columns = "call_id, record"

    def _made(self, rows: Sequence[Row]) -> Sequence[CallRecord]:
        return [decode_call(record) for _, record in rows]

    def _putting(self, transaction: Transaction, records: Sequence[CallRecord]) -> Sequence[Statement]:
        known = {call.call_id: call for call in _locked(transaction, [record.call_id for record in records])}
        return (
            put_calls(records),
            change_calls(records),
            *put_entries([Change(known.get(record.call_id), record) for record in records]),
        )

    def _removing(self, transaction: Transaction, keys: Sequence[Any]) -> Sequence[Statement]:
        return tuple(drop_calls(_locked(transaction, keys)))


def _locked(transaction: Transaction, call_ids: Sequence[str]) -> list[CallRecord]:
    return [decode_call(record) for (record,) in transaction.ask(statement("lock_calls", call_ids))[0]]


class HoursShelf:
    """``Shelf`` of hours in which calls began, and of what was counted of them."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def count(self) -> int:
        """See ``Shelf``."""
        ((count,),) = self._database.read(statement("hours_count"))
        return int(count)

    def page(self, after: str, limit: int) -> Mapping[str, StoredHour]:
        """See ``Shelf``."""
        return self._read(statement("hours_page", *(named_hour(after) if after else ("", -1)), limit))

    def get(self, ids: Collection[str]) -> Mapping[str, StoredHour]:
        """See ``Shelf``."""
        return self._read(_by_name("get_hours", ids)) if ids else {}

    def _read(self, asked: Statement) -> Mapping[str, StoredHour]:
        found = [StoredHour(pool, CountedHour(*counted)) for pool, *counted in self._database.read(asked)]
        return {hour.name: hour for hour in found}

    def put(self, records: Sequence[StoredHour], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        if records:
            versions = [(record.pool, record.hour.begin, record.hour.version) for record in records]
            counts = [
                (record.pool, record.hour.begin, record.hour.counted_version, record.hour.counts)
                for record in records
                if record.hour.counted_version
            ]
            names = [record.name for record in records]
            change(
                self._database,
                lambda _: (
                    _by_name("drop_hours", names),
                    _by_name("drop_counts", names),
                    by_column("move_hours", versions),
                    *([by_column("move_counts", counts)] if counts else []),
                ),
            )

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        if ids:
            change(self._database, lambda _: (_by_name("drop_hours", ids), _by_name("drop_counts", ids)))


def _by_name(name: str, ids: Collection[str]) -> Statement:
    """A statement on the hours with these names."""
    return by_column(name, [named_hour(each) for each in ids])
