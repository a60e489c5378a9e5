"""Connections, transactions and the schema of one SQLite file."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import apsw

from adapters.deadline import remaining
from adapters.storage.sqlite.failures import translated
from adapters.storage.sqlite.patience import LONGEST, Patience
from masking_core.errors import StoreNotReady

_RETRY = 0.01

_LONG_LOG = 10_000
"""Pages in the log that are written back to the file by whoever records calls, 40 MB; others wait for twice as many.

Calls are found by what is as good as random, so each touches pages of its own: the longer they stay in the log, the
more changes of a page are written to the file as one.
"""

_PRAGMAS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "secure_delete = ON",
    f"wal_autocheckpoint = {2 * _LONG_LOG}",
)


class Database:
    """One file, with one connection for each thread that uses it.

    Several processes may use the file at once. Every commit is on disk before it is acknowledged.
    """

    def __init__(self, path: Path) -> None:
        """Take the path; nothing is opened yet, so that a process may fork before it works."""
        self._path = path
        self._local = threading.local()
        self._opened: list[apsw.Connection] = []
        self._lock = threading.Lock()

    def connection(self) -> apsw.Connection:
        """This thread's connection."""
        return self._held()[0]

    def _held(self) -> tuple[apsw.Connection, Patience]:
        """This thread's connection, and how long it waits for others."""
        held: tuple[apsw.Connection, Patience] | None = getattr(self._local, "held", None)
        if held is None:
            with translated():
                held = self._local.held = self._open()
        return held

    def _open(self) -> tuple[apsw.Connection, Patience]:
        with self._lock:
            self._make_file()
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=200)
            patience = Patience()
            connection.set_busy_handler(patience)
            _use_write_ahead_log(connection)
            # Else a statement whose arguments have changed is prepared anew, for several times as long as it runs.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            self._opened.append(connection)
            return connection, patience

    def _make_file(self) -> None:
        """Make the file if it is not there, so that it and those SQLite puts beside it are the owner's alone.

        A file that is there must not be opened and closed here: that would drop the locks which
        other connections of this process hold on it.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """A connection for one statement, which sees all that was committed before it."""
        connection = self.connection()
        with translated():
            yield connection

    @contextmanager
    def reading_at_once(self) -> Iterator[apsw.Connection]:
        """A connection for several statements, which see all that was committed before the first of them alone."""
        with self.reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """A connection in a transaction that no other writer runs beside; durable when the block has ended.

        Waits for another writer as long as the caller's deadline allows. An exception inside, and
        a commit that fails, change nothing.
        """
        connection, patience = self._held()
        with translated():
            with patience.for_no_longer_than(remaining()):
                connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def writing_behind(self) -> Iterator[apsw.Connection]:
        """The same where nobody waits: it is here that the log is written back, before others have to."""
        with self.writing() as connection:
            connection.wal_autocheckpoint(_LONG_LOG)
            yield connection

    def close(self) -> None:
        """Close every thread's connection; one in the midst of a statement is let finish that."""
        with self._lock:
            while self._opened:
                _close(self._opened.pop())
            self._local = threading.local()

    def migrate(self) -> tuple[str, ...]:
        """Apply the migrations that are missing, each whole or not at all, and name them."""
        applied = []
        for number, (name, text) in enumerate(_migrations(), start=1):
            with self.writing() as connection:
                version = _version(connection)
                if version > len(_migrations()):
                    raise StoreNotReady(_TOO_NEW)
                if version < number:
                    connection.execute(text)
                    connection.execute(f"PRAGMA user_version = {number}")
                    applied.append(name)
        return tuple(applied)

    def is_new(self) -> bool:
        """Whether there is no file, or nothing in it; makes none."""
        if self._is_missing():
            return True
        with self.reading() as connection:
            return not fetch(connection, "SELECT 1 FROM sqlite_schema LIMIT 1")

    def _is_missing(self) -> bool:
        try:
            self._path.stat()
        except FileNotFoundError:
            return True
        except OSError:
            return False  # opening it tells what is wrong
        return False

    def check(self) -> None:
        """Raise StoreNotReady unless the schema is this program's. Makes no file."""
        if self._is_missing():
            raise StoreNotReady(_UNMIGRATED)
        with self.reading() as connection:
            version = _version(connection)
        if version > len(_migrations()):
            raise StoreNotReady(_TOO_NEW)
        if version < len(_migrations()):
            raise StoreNotReady(_UNMIGRATED)


def _close(connection: apsw.Connection) -> None:
    end = time.monotonic() + LONGEST
    while True:
        try:
            connection.close()
        except apsw.ThreadingViolationError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY)
        else:
            return


def _use_write_ahead_log(connection: apsw.Connection) -> None:
    """Switch to WAL; unlike all else in SQLite, that does not wait for another process which does it too."""
    end = time.monotonic() + LONGEST
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except apsw.BusyError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY)
        else:
            return


def fetch(connection: apsw.Connection, text: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Every row of a statement; what its columns hold, the statement's file says."""
    return connection.execute(text, tuple(arguments)).fetchall()


_UNMIGRATED = "the database is not migrated; run `masking migrate`"
_TOO_NEW = "the database was migrated by a newer version of this program; run that version"


def _version(connection: apsw.Connection) -> int:
    return int(fetch(connection, "PRAGMA user_version")[0][0])


def _migrations() -> list[tuple[str, str]]:
    """Name and text of every migration, in order."""
    folder = files(__package__).joinpath("migrations")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".sql")), key=lambda path: path.name)
    return [(path.name.removesuffix(".sql"), path.read_text(encoding="utf-8")) for path in paths]
