"""Counting calls and what they cost, in Postgres: each in one round trip, on subjects that every process locks."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Statement, statement
from adapters.storage.postgres.transaction import Transaction
from masking_core.calls import Reason
from masking_core.instants import MINUTE, Instant
from masking_core.limits import PURSE_KEPT_FOR, Admission

_PURSE = 0
"""The position that tells of the purse; those of meters begin behind it."""


class PostgresLimits:
    """``CallGuard``."""

    _database: Database

    def admit(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``. Nobody waits for the disk: a crash of the server may undo what it counted last."""
        subjects = sorted(meter.subject for meter in admission.meters)

        def work(transaction: Transaction) -> Reason | None:
            _, ((full,),) = transaction.carry_out(
                statement("lock_subjects", subjects), _admitting(admission, counting=True), durable=False
            )
            return _reason(admission, full)

        return self._database.write(work, repeatable=True)

    def would_refuse(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``."""
        ((full,),) = self._database.read(_admitting(admission, counting=False))
        return _reason(admission, full)

    def end_call(self, call_id: str, subjects: Sequence[str], now: Instant) -> None:
        """See ``CallGuard``."""
        self._carry_out(statement("end_call", call_id, now, MINUTE, list(subjects)))

    def forget_counted(self, subjects: Sequence[str]) -> None:
        """See ``CallGuard``."""
        self._carry_out(statement("forget_counted", list(subjects)))

    def note_cost(self, purse: str, call_id: str, cost: int, now: Instant) -> None:
        """See ``CallGuard``."""
        self._carry_out(
            statement("lock_subjects", [purse]), statement("note_cost", purse, call_id, cost, now + PURSE_KEPT_FOR)
        )

    def _carry_out(self, *statements: Statement) -> None:
        self._database.write(lambda transaction: transaction.carry_out(*statements), repeatable=True)


def _admitting(admission: Admission, *, counting: bool) -> Statement:
    begin, until, meters, purse = admission.begin, admission.until, admission.meters, admission.purse
    return statement(
        "admit",
        [meter.subject for meter in meters],
        [meter.per_minute for meter in meters],
        [meter.concurrent for meter in meters],
        [meter.in_all for meter in meters],
        [meter.keep_until(begin, until) for meter in meters],
        admission.call_id,
        begin,
        begin - MINUTE,
        until,
        "" if purse is None else purse.name,
        0 if purse is None else purse.budget,
        counting,
    )


def _reason(admission: Admission, full: int | None) -> Reason | None:
    if full is None:
        return None
    return Reason.BUDGET_SPENT if full == _PURSE else admission.meters[full - 1].reason
