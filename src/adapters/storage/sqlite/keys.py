"""The keys a store is written under, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.sqlite.database import Database, fetch
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import LookupKey


def check_writer(connection: apsw.Connection, key_ids: Sequence[str]) -> None:
    """Raise KeysChanged unless the ring ``key_ids`` may write, as of this transaction."""
    check_ring(key_ids, [key_id for (key_id,) in fetch(connection, "SELECT key_id FROM store_keys")])


def put_lookups(connection: apsw.Connection, number: str, lookups: Sequence[LookupKey]) -> None:
    """Replace the look-up keys by which a number is known as ours."""
    connection.execute("DELETE FROM virtual_lookups WHERE number = ?", (number,))
    for lookup in lookups:
        connection.execute("INSERT OR REPLACE INTO virtual_lookups (lookup, number) VALUES (?, ?)", (lookup, number))


class SqliteKeys:
    """``KeyStore``."""

    _database: Database

    def get_keys(self) -> tuple[KeyCheck, ...]:
        """See ``KeyStore``."""
        with self._database.reading() as connection:
            return _stored(connection)

    def set_keys(self, expected: Sequence[KeyCheck], keys: Sequence[KeyCheck]) -> None:
        """See ``KeyStore``."""
        with self._database.writing() as connection:
            if _stored(connection) != tuple(expected):
                raise Conflict("the store's keys were changed meanwhile")
            connection.execute("DELETE FROM store_keys")
            for position, key in enumerate(keys):
                connection.execute("INSERT INTO store_keys VALUES (?, ?, ?)", (position, key.key_id, key.check))

    def rekey_number(self, number: str, lookups: Sequence[LookupKey]) -> None:
        """See ``KeyStore``."""
        with self._database.writing() as connection:
            if fetch(connection, "SELECT 1 FROM numbers WHERE number = ?", (number,)):
                put_lookups(connection, number, lookups)


def _stored(connection: apsw.Connection) -> tuple[KeyCheck, ...]:
    rows = fetch(connection, "SELECT key_id, key_check FROM store_keys ORDER BY position")
    return tuple(KeyCheck(key_id, check) for key_id, check in rows)
