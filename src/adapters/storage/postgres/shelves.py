"""The shelf of each kind of record, in Postgres."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from adapters.storage.codec import decode_policy, decode_session, encode
from adapters.storage.postgres.numbers import decoded_number
from adapters.storage.postgres.pins import kept_until
from adapters.storage.postgres.pools import decoded_pool
from adapters.storage.postgres.reports import decoded_report
from adapters.storage.postgres.shelf import RowsShelf, by_column
from adapters.storage.postgres.sql import Row, Statement, statement
from adapters.storage.postgres.transaction import Transaction
from adapters.storage.postgres.writing import columns, drop_routes
from masking_core.calls import StatusReport
from masking_core.moving import Pair, StoredNumber, StoredSession, stored_session
from masking_core.pins import NumberTries
from masking_core.pools import Pool
from masking_core.sealed import LookupKey
from masking_core.sessions import Session, routes_of

_NO_ROW = 0


class PoolsShelf(RowsShelf[Pool]):
    """Pools."""

    table, id_column = "pools", "name"
    columns = "name, policy, create_time, update_time, version"

    def _made(self, rows: Sequence[Row]) -> Sequence[Pool]:
        return [decoded_pool(row) for row in rows]

    def _putting(self, transaction: Transaction, records: Sequence[Pool]) -> Sequence[Statement]:
        del transaction
        rows = [(each.name, each.version, encode(each.policy), each.create_time, each.update_time) for each in records]
        return (by_column("move_pools", rows),)


class NumbersShelf(RowsShelf[StoredNumber]):
    """Virtual numbers."""

    table, id_column = "numbers", "number"
    columns = (
        "number, pool, country, area, voice, sms, state, load, reserved_by, create_time, touched, "
        "ARRAY(SELECT v.lookup FROM masking.virtual_lookups AS v WHERE v.number = numbers.number ORDER BY v.lookup), "
        "ARRAY(SELECT unnest(ARRAY[t.since, t.tries, t.locked_until]) FROM masking.pin_numbers AS t"
        " WHERE t.dialled = numbers.number)"
    )

    def _made(self, rows: Sequence[Row]) -> Sequence[StoredNumber]:
        return [
            StoredNumber(
                decoded_number(tuple(facts)),
                tuple(map(LookupKey, lookups)),
                turn,
                NumberTries(*tries) if tries else None,
            )
            for *facts, turn, lookups, tries in rows
        ]

    def _putting(self, transaction: Transaction, records: Sequence[StoredNumber]) -> Sequence[Statement]:
        facts = [
            (
                number.number,
                number.pool,
                number.country,
                number.area,
                number.voice,
                number.sms,
                str(number.state),
                number.load,
                number.reserved_by,
                number.create_time,
                record.turn,
            )
            for record in records
            for number in (record.number,)
        ]
        lookups = [(lookup, record.number.number) for record in records for lookup in record.lookups]
        numbers = [record.number.number for record in records]
        return (
            by_column("move_numbers", facts),
            statement("drop_lookups", numbers),
            *([by_column("move_lookups", lookups)] if lookups else []),
            statement("drop_number_tries", numbers),
            *_moved_tries(transaction, records),
        )

    def _removing(self, transaction: Transaction, keys: Sequence[Any]) -> Sequence[Statement]:
        return (*super()._removing(transaction, keys), statement("drop_number_tries", keys))


class SessionsShelf(RowsShelf[StoredSession]):
    """Sessions, and the routes that lead to them."""

    table, id_column = "sessions", "session_id"
    columns = (
        "session_id, id, (SELECT w.record FROM masking.session_records AS w WHERE w.session = sessions.id), loading"
    )

    def _made(self, rows: Sequence[Row]) -> Sequence[StoredSession]:
        sessions = {row: decode_session(record) for _, row, record, _ in rows}
        owned = self._owned(sessions)
        return [stored_session(sessions[row], owned[row], counts=loading) for _, row, _, loading in rows]

    def _owned(self, sessions: dict[int, Session]) -> defaultdict[int, set[Pair]]:
        """Those pairs of each session that lead to it."""
        owned: defaultdict[int, set[Pair]] = defaultdict(set)
        pairs = [
            (entry.caller, entry.dialled, row) for row, session in sessions.items() for entry in routes_of(session)
        ]
        if pairs:
            for row, caller, dialled in self._database.read(by_column("owned_pairs", pairs)):
                owned[row].add((LookupKey(caller), dialled))
        return owned

    def _putting(self, transaction: Transaction, records: Sequence[StoredSession]) -> Sequence[Statement]:
        _, *rows = zip(*(columns(_NO_ROW, each.session, loading=each.counts) for each in records), strict=True)
        entries = [(entry, record) for record in records for entry in routes_of(record.session)]
        routes = [
            (entry.caller, entry.dialled, entry.side, entry.end_time, record.session.session_id)
            for entry, record in entries
            if (entry.caller, entry.dialled) not in record.lost
        ]
        return (
            *self._removing(transaction, [record.session.session_id for record in records]),
            statement("free_requests", [each.session.request_id for each in records if each.session.request_id]),
            statement("move_sessions", *map(list, rows)),
            by_column("move_callers", [(entry.caller, record.session.session_id) for entry, record in entries]),
            *([by_column("move_routes", routes)] if routes else []),
        )

    def _removing(self, transaction: Transaction, keys: Sequence[Any]) -> Sequence[Statement]:
        found = [
            (row, decode_session(record)) for row, record in transaction.ask(statement("rows_of_sessions", keys))[0]
        ]
        callers = {(entry.caller, row) for row, session in found for entry in routes_of(session)}
        return (*drop_routes(sorted(callers)), statement("forget_sessions", [row for row, _ in found]))


class ReportsShelf(RowsShelf[StatusReport]):
    """Status reports."""

    table, id_column, id_type = "reports", "digest", "bytea"
    columns = "digest, session_id, receive_time, body"

    def _key(self, each: str) -> bytes:
        return bytes.fromhex(each)

    def _id(self, key: Any) -> str:
        return bytes(key).hex()

    def _made(self, rows: Sequence[Row]) -> Sequence[StatusReport]:
        return [decoded_report(row) for row in rows]

    def _putting(self, transaction: Transaction, records: Sequence[StatusReport]) -> Sequence[Statement]:
        del transaction
        rows = [(each.digest, each.session_id, each.receive_time, each.body) for each in records]
        return (by_column("move_reports", rows),)


def _moved_tries(transaction: Transaction, records: Sequence[StoredNumber]) -> Iterator[Statement]:
    """Store what was tried on numbers."""
    tried = [(record.number, record.tries) for record in records if record.tries is not None]
    if not tried:
        return
    windows = {
        name: decode_policy(policy).pins.lock_window for name, policy in transaction.ask(statement("pool_policies"))[0]
    }
    rows = [
        (
            number.number,
            tries.since,
            tries.tries,
            tries.locked_until,
            kept_until(tries, windows.get(number.pool, 0)),
        )
        for number, tries in tried
    ]
    yield by_column("move_number_tries", rows)
