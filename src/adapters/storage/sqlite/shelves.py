"""The shelf of each kind of record, in SQLite."""

from typing import Any

import apsw

from adapters.storage.codec import decode_call, decode_session, encode
from adapters.storage.sqlite.call_writing import Change, put_calls
from adapters.storage.sqlite.database import fetch
from adapters.storage.sqlite.keys import put_lookups
from adapters.storage.sqlite.numbers import decoded_number, decoded_pool
from adapters.storage.sqlite.pins import number_tries, put_number_tries
from adapters.storage.sqlite.reports import decoded_report
from adapters.storage.sqlite.sessions import drop_callers, find_session, put_session
from adapters.storage.sqlite.shelf import Key, RowsShelf
from adapters.storage.sqlite.sql import statement
from masking_core.call_records import CallRecord
from masking_core.calls import StatusReport
from masking_core.moving import Pair, StoredHour, StoredNumber, StoredSession, named_hour, stored_session
from masking_core.pools import Pool
from masking_core.ports.calls import CountedHour
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, routes_of


class PoolsShelf(RowsShelf[Pool]):
    """Pools."""

    table, id_columns = "pools", ("name",)
    columns = "name, policy, create_time, update_time, version"

    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> Pool:
        del connection
        return decoded_pool(row)

    def _put(self, connection: apsw.Connection, record: Pool) -> None:
        arguments = (record.name, record.version, encode(record.policy), record.create_time, record.update_time)
        connection.execute(statement("move_pool"), arguments)


class NumbersShelf(RowsShelf[StoredNumber]):
    """Virtual numbers."""

    table, id_columns = "numbers", ("number",)
    columns = "number, pool, country, area, voice, sms, state, load, reserved_by, create_time, touched"

    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> StoredNumber:
        *facts, turn = row
        found = fetch(connection, "SELECT lookup FROM virtual_lookups WHERE number = ? ORDER BY lookup", (row[0],))
        lookups = tuple(LookupKey(lookup) for (lookup,) in found)
        return StoredNumber(decoded_number(tuple(facts)), lookups, turn, number_tries(connection, row[0]))

    def _put(self, connection: apsw.Connection, record: StoredNumber) -> None:
        number = record.number
        arguments = (
            number.number,
            number.pool,
            number.country,
            number.area,
            number.voice,
            number.sms,
            number.state,
            number.load,
            number.reserved_by,
            number.create_time,
            record.turn,
        )
        if fetch(connection, statement("move_number"), arguments):
            put_lookups(connection, number.number, record.lookups)
            _drop_tries(connection, number.number)
            if record.tries is not None:
                put_number_tries(connection, number.number, record.tries)

    def _remove(self, connection: apsw.Connection, key: Key) -> None:
        super()._remove(connection, key)
        _drop_tries(connection, *key)


class SessionsShelf(RowsShelf[StoredSession]):
    """Sessions, and the routes that lead to them."""

    table, id_columns = "sessions", ("session_id",)
    columns = "session_id, id, (SELECT record FROM session_records WHERE session = id), loading"

    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> StoredSession:
        _, number, record, loading = row
        session = decode_session(record)
        return stored_session(session, _owned(connection, number, session), counts=bool(loading))

    def _put(self, connection: apsw.Connection, record: StoredSession) -> None:
        session = record.session
        if not fetch(connection, "SELECT 1 FROM pools WHERE name = ?", (session.pool,)):
            return
        self._remove(connection, (session.session_id,))
        connection.execute("UPDATE sessions SET request_id = NULL WHERE request_id = ?", (session.request_id,))
        row = put_session(connection, session, loading=record.counts)
        for entry in routes_of(session):
            connection.execute(statement("put_caller"), (entry.caller, row))
            if (entry.caller, entry.dialled) not in record.lost:
                arguments = (entry.caller, entry.dialled, row, entry.side, entry.end_time)
                connection.execute(statement("move_route"), arguments)

    def _remove(self, connection: apsw.Connection, key: Key) -> None:
        found = find_session(connection, "session_id", str(key[0]))
        if found is not None:
            row, session, _ = found
            drop_callers(connection, row, [entry.caller for entry in routes_of(session)])
            connection.execute("DELETE FROM sessions WHERE id = ?", (row,))


class ReportsShelf(RowsShelf[StatusReport]):
    """Status reports."""

    table, id_columns = "reports", ("digest",)
    columns = "digest, session_id, receive_time, body"

    def _key(self, each: str) -> Key:
        return (bytes.fromhex(each),)

    def _id(self, *key: Any) -> str:
        return bytes(key[0]).hex()

    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> StatusReport:
        del connection
        return decoded_report(row)

    def _put(self, connection: apsw.Connection, record: StatusReport) -> None:
        arguments = (record.digest, record.session_id, record.receive_time, record.body)
        connection.execute(statement("move_report"), arguments)


class CallsShelf(RowsShelf[CallRecord]):
    """Calls, and by what they are found."""

    table, id_columns = "calls", ("call_id",)
    columns = "call_id, record"

    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> CallRecord:
        del connection
        return decode_call(row[1])

    def _put(self, connection: apsw.Connection, record: CallRecord) -> None:
        self._remove(connection, (record.call_id,))
        put_calls(connection, [Change(None, record)])


class HoursShelf(RowsShelf[StoredHour]):
    """Hours in which calls began, and what was counted of them."""

    table, id_columns = "call_hours", ("pool", "begin")
    columns = "pool, begin, version, counted_version, counts"

    def _key(self, each: str) -> Key:
        return named_hour(each) if each else ("", -1)

    def _id(self, *key: Any) -> str:
        pool, begin = key
        return StoredHour(pool, CountedHour(begin, 0)).name

    def _made(self, connection: apsw.Connection, row: tuple[Any, ...]) -> StoredHour:
        del connection
        pool, *counted = row
        return StoredHour(pool, CountedHour(*counted))

    def _put(self, connection: apsw.Connection, record: StoredHour) -> None:
        hour = record.hour
        arguments = (record.pool, hour.begin, hour.version, hour.counted_version, hour.counts)
        connection.execute(statement("move_hour"), arguments)


def _drop_tries(connection: apsw.Connection, dialled: str | bytes | int) -> None:
    connection.execute("DELETE FROM pin_numbers WHERE dialled = ?", (dialled,))


def _owned(connection: apsw.Connection, row: int, session: Session) -> set[Pair]:
    """Those of a session's pairs that lead to it."""
    callers = {entry.caller for entry in routes_of(session)}
    text = "SELECT dialled FROM routes WHERE caller = ? AND session = ?"
    return {(caller, dialled) for caller in callers for (dialled,) in fetch(connection, text, (caller, row))}
