"""Counting calls and what they cost, in SQLite: a short write for a call of a pool that has limits."""

from collections.abc import Sequence

import apsw

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.sql import statement
from masking_core.calls import Reason
from masking_core.instants import MINUTE, Instant
from masking_core.limits import PURSE_KEPT_FOR, Admission, Meter, Reading, refusal


class SqliteLimits:
    """``CallGuard``."""

    _database: Database

    def admit(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``."""
        with self._database.writing() as connection:
            reason = _refusal(connection, admission)
            if reason is None:
                begin, until = admission.begin, admission.until
                for meter in admission.meters:
                    keep_until = meter.keep_until(begin, until)
                    arguments = (meter.subject, admission.call_id, begin, until, keep_until)
                    connection.execute(statement("count_call"), arguments)
            return reason

    def would_refuse(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``."""
        with self._database.reading_at_once() as connection:
            return _refusal(connection, admission)

    def end_call(self, call_id: str, subjects: Sequence[str], now: Instant) -> None:
        """See ``CallGuard``."""
        with self._database.writing() as connection:
            connection.execute(statement("end_call", len(subjects)), (call_id, now, MINUTE, *subjects))

    def forget_counted(self, subjects: Sequence[str]) -> None:
        """See ``CallGuard``."""
        with self._database.writing() as connection:
            for subject in subjects:
                connection.execute("DELETE FROM counted_calls WHERE subject = ?", (subject,))

    def note_cost(self, purse: str, call_id: str, cost: int, now: Instant) -> None:
        """See ``CallGuard``."""
        with self._database.writing() as connection:
            known = fetch(connection, "SELECT cost FROM costs WHERE purse = ? AND call_id = ?", (purse, call_id))
            difference = cost - (known[0][0] if known else 0)
            connection.execute(statement("fill_purse"), (purse, difference, now + PURSE_KEPT_FOR))
            connection.execute(statement("put_cost"), (purse, call_id, cost))


def _refusal(connection: apsw.Connection, admission: Admission) -> Reason | None:
    readings = [_reading(connection, meter, admission) for meter in admission.meters]
    spent = 0
    if admission.purse is not None:
        rows = fetch(connection, "SELECT spent FROM purses WHERE name = ?", (admission.purse.name,))
        spent = rows[0][0] if rows else 0
    return refusal(admission, readings, spent)


def _reading(connection: apsw.Connection, meter: Meter, admission: Admission) -> Reading:
    now = admission.begin
    arguments = (meter.subject, now, now - MINUTE, admission.call_id)
    recent, live, in_all, known = fetch(connection, statement("read_meter"), arguments)[0]
    return Reading(recent, live, in_all, bool(known))
