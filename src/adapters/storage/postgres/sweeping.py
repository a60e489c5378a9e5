"""Tidying, in Postgres: a transaction for each kind, so that nothing is locked for long."""

from collections.abc import Iterator

from adapters.storage.codec import decode_call, decode_policy, decode_session
from adapters.storage.postgres.call_writing import drop_calls
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.expiry import unload_some_expired
from adapters.storage.postgres.sql import Statement, statement
from adapters.storage.postgres.transaction import Transaction
from adapters.storage.postgres.writing import drop_sessions
from masking_core.call_records import COUNT_RETENTION
from masking_core.calls import DEFAULT_RETENTION
from masking_core.events import EVENT_RETENTION
from masking_core.instants import Instant


class PostgresSweeping:
    """The sweeping part of ``SessionKeeping``."""

    _database: Database

    def sweep(self, now: Instant, limit: int) -> int:
        """See ``SessionKeeping``. What another sweeper has at hand is left to it."""
        steps = unload_some_expired(self._database, now, limit)
        steps += self._forget_sessions(now, limit - steps)
        steps += self._forget_drained_numbers(limit - steps)
        steps += self._forget_calls(now, limit - steps)
        if steps < limit:
            steps += self._forget(statement("forget_reports", now - DEFAULT_RETENTION, limit - steps, now))
        for name, latest in _forgettable(now):
            if steps == limit:
                break
            steps += self._forget(statement(name, latest, limit - steps))
        self._database.write(lambda transaction: transaction.carry_out(statement("settle_events")), repeatable=True)
        return steps

    def scrub(self) -> None:
        """See ``SessionKeeping``. No table or index has a row of it any more; free space, backups and the log may."""
        self._database.maintain(statement("scrub"))

    def _forget_sessions(self, now: Instant, limit: int) -> int:
        policies = self._database.read(statement("pool_policies"))
        latest = [now - decode_policy(policy).retention for _, policy in policies]
        forgettable = statement("forgettable_sessions", [name for name, _ in policies], latest, limit)

        def work(transaction: Transaction) -> int:
            (rows,) = transaction.begin(forgettable)
            if rows:
                transaction.commit(*drop_sessions({row: decode_session(record) for row, record in rows}))
            return len(rows)

        return self._database.write(work, repeatable=True) if limit > 0 else 0

    def _forget_calls(self, now: Instant, limit: int) -> int:
        def work(transaction: Transaction) -> int:
            (rows,) = transaction.begin(statement("forgettable_calls", now, limit))
            if rows:
                transaction.commit(*drop_calls([decode_call(record) for (record,) in rows]))
            return len(rows)

        return self._database.write(work, repeatable=True) if limit > 0 else 0

    def _forget(self, forgetting: Statement) -> int:
        def work(transaction: Transaction) -> int:
            (((gone,),),) = transaction.carry_out(forgetting)
            return int(gone)

        return self._database.write(work, repeatable=True)

    def _forget_drained_numbers(self, limit: int) -> int:
        """Remove in two steps: a number may have come back into service until it was locked."""

        def work(transaction: Transaction) -> int:
            (rows,) = transaction.begin(statement("drained_numbers", limit))
            if not rows:
                return 0
            (((gone,),),) = transaction.commit(statement("forget_drained_numbers", [number for (number,) in rows]))
            return int(gone)

        return self._database.write(work, repeatable=True)


def _forgettable(now: Instant) -> Iterator[tuple[str, Instant]]:
    """What is forgotten row by row, and up to when."""
    yield "forget_hours", now - COUNT_RETENTION
    yield "forget_counts", now - COUNT_RETENTION
    yield "forget_days", now - COUNT_RETENTION
    yield "forget_events", now - EVENT_RETENTION
    yield "forget_number_tries", now
    yield "forget_call_tries", now
    yield "forget_counted_calls", now
    yield "forget_purses", now
