"""The keys a store is written under, in Postgres."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Row, statement
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.errors import Conflict
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import LookupKey


class PostgresKeys:
    """``KeyStore``."""

    _database: Database

    def get_keys(self) -> tuple[KeyCheck, ...]:
        """See ``KeyStore``."""
        return _checks(self._database.read(statement("get_keys")))

    def set_keys(self, expected: Sequence[KeyCheck], keys: Sequence[KeyCheck]) -> None:
        """See ``KeyStore``."""

        def work(transaction: Transaction) -> None:
            (stored,) = transaction.begin(statement("get_keys"), fence=Fence.ALONE)
            if _checks(stored) != tuple(expected):
                raise Conflict("the store's keys were changed meanwhile")
            transaction.commit(
                statement("drop_keys"),
                statement("put_keys", [key.key_id for key in keys], [key.check for key in keys]),
            )

        self._database.write(work)

    def rekey_number(self, number: str, lookups: Sequence[LookupKey]) -> None:
        """See ``KeyStore``."""

        def work(transaction: Transaction) -> None:
            if transaction.begin(statement("lock_numbers", [number]))[0]:
                transaction.commit(
                    statement("drop_lookups", [number]),
                    statement("put_lookups", list(lookups), [number] * len(lookups)),
                )

        self._database.write(work, repeatable=True)


def _checks(rows: Sequence[Row]) -> tuple[KeyCheck, ...]:
    return tuple(KeyCheck(key_id, check) for key_id, check in rows)
