"""Tidying, in Postgres: a transaction for each kind, so that nothing is locked for long."""

from adapters.storage.codec import decode_policy, decode_session
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.expiry import unload_some_expired
from adapters.storage.postgres.sql import Statement, statement
from adapters.storage.postgres.transaction import Transaction
from adapters.storage.postgres.writing import drop_routes
from masking_core.calls import DEFAULT_RETENTION
from masking_core.instants import Instant
from masking_core.sessions import routes_of


class PostgresSweeping:
    """The sweeping part of ``SessionKeeping``."""

    _database: Database

    def sweep(self, now: Instant, limit: int) -> int:
        """See ``SessionKeeping``. What another sweeper has at hand is left to it."""
        steps = unload_some_expired(self._database, now, limit)
        steps += self._forget_sessions(now, limit - steps)
        steps += self._forget(statement("forget_reports", now - DEFAULT_RETENTION, limit - steps))
        return steps + self._forget_drained_numbers(limit - steps)

    def _forget_sessions(self, now: Instant, limit: int) -> int:
        policies = self._database.read(statement("pool_policies"))
        latest = [now - decode_policy(policy).retention for _, policy in policies]
        forgettable = statement("forgettable_sessions", [name for name, _ in policies], latest, limit)

        def work(transaction: Transaction) -> int:
            (rows,) = transaction.begin(forgettable)
            if rows:
                callers = {
                    (entry.caller, row) for row, _, record in rows for entry in routes_of(decode_session(record))
                }
                transaction.commit(
                    *drop_routes(sorted(callers)),
                    statement("forget_reports_of_sessions", [session_id for _, session_id, _ in rows]),
                    statement("forget_sessions", [row for row, _, _ in rows]),
                )
            return len(rows)

        return self._database.write(work, repeatable=True) if limit > 0 else 0

    def _forget(self, forgetting: Statement) -> int:
        def work(transaction: Transaction) -> int:
            (((gone,),),) = transaction.begin(forgetting)
            transaction.commit()
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
