"""Counting tries of PINs, in Postgres: each in one round trip, on rows that every process locks."""

from typing import Final

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.failures import Overtaken
from adapters.storage.postgres.sql import statement
from adapters.storage.postgres.transaction import Transaction
from masking_core.instants import DAY, Duration, Instant
from masking_core.pins import NumberTries, PinPolicy, PinTry

_KEPT: Final = DAY
"""How long tries are kept after they matter to a number, and after the last of a call."""


class PostgresPins:
    """``PinGuard``."""

    _database: Database

    def take_try(self, dialled: str, call_id: str, key: bytes, policy: PinPolicy, now: Instant) -> PinTry:
        """See ``PinGuard``. The number's row is locked before the call's."""
        limits = (policy.tries, policy.lock_after, policy.lock_window, policy.lock_time)

        def work(transaction: Transaction) -> PinTry:
            *_, verdict = transaction.carry_out(
                statement("put_number_tries", dialled, now, now + _KEPT),
                statement("put_call_tries", call_id, now + _KEPT),
                statement("lock_tries", dialled, call_id),
                statement("take_try", dialled, call_id, key, now, *limits, _KEPT),
            )
            if not verdict:
                raise Overtaken
            return PinTry(verdict[0][0])

        return self._database.write(work, repeatable=True)

    def give_back_try(self, dialled: str, now: Instant) -> None:
        """See ``PinGuard``. Nobody waits for the disk: what is lost by a crash counts for caution."""
        del now
        self._database.write(
            lambda transaction: transaction.carry_out(statement("give_back_try", dialled), durable=False)
        )

    def is_locked(self, dialled: str, now: Instant) -> bool:
        """See ``PinGuard``."""
        return bool(self._database.read(statement("is_locked", dialled, now))[0][0])


def kept_until(tries: NumberTries, window: Duration) -> Instant:
    """From when on what was tried on a number may be forgotten, where tries count for ``window``."""
    return max(tries.since + window, tries.locked_until) + _KEPT
