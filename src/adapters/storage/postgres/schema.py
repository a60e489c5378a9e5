"""The schema's versions, in Postgres."""

import math
from functools import cache
from importlib.resources import files
from typing import Final

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import statement
from adapters.storage.postgres.transaction import Transaction
from masking_core.errors import StoreNotReady, StoreUnavailable

_TOO_NEW: Final = "the database was migrated by a newer version of this program; run that version"


class PostgresSchema:
    """``Store``'s care for the schema, and whether there is one."""

    _database: Database

    def migrate(self) -> tuple[str, ...]:
        """See ``Store``."""
        applied = []
        for number, (name, text) in enumerate(_migrations(), start=1):

            def step(transaction: Transaction, number: int = number, name: str = name, text: str = text) -> bool:
                return _migrate(transaction, number, name, text)

            if self._database.write(step, patience=math.inf):
                applied.append(name)
        return tuple(applied)

    def is_new(self) -> bool:
        """See ``MovingStore``."""
        ((has_schema, _),) = self._database.read(statement("has_schema"))
        return not has_schema

    def check(self) -> None:
        """See ``Store``."""
        ((version, read_only),) = self._database.read(statement("schema_version"))
        if version > len(_migrations()):
            raise StoreNotReady(_TOO_NEW)
        if version < len(_migrations()):
            raise StoreNotReady("the database is not migrated; run `masking migrate`")
        if read_only:
            raise StoreUnavailable("the database has no writable primary now")


def _migrate(transaction: Transaction, number: int, name: str, text: str) -> bool:
    """Apply a migration unless that is done; whether it was missing."""
    _, ((has_schema, has_versions),) = transaction.begin(statement("lock_schema"), statement("has_schema"))
    if not has_schema:
        transaction.ask(statement("create_schema"))
    if not has_versions:
        transaction.ask(statement("create_versions"))
    (((version, _),),) = transaction.ask(statement("schema_version"))
    if version > len(_migrations()):
        raise StoreNotReady(_TOO_NEW)
    if version >= number:
        return False
    transaction.run(text)
    transaction.commit(statement("put_version", number, name))
    return True


@cache
def _migrations() -> list[tuple[str, str]]:
    """Name and text of every migration, in order."""
    folder = files(__package__).joinpath("migrations")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".sql")), key=lambda path: path.name)
    return [(path.name.removesuffix(".sql"), path.read_text(encoding="utf-8")) for path in paths]
