"""From the driver's errors to the core's."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from masking_core.errors import StoreNotReady, StoreUnavailable

_UNAVAILABLE: dict[type[apsw.Error], str] = {
    apsw.BusyError: "the database is busy",
    apsw.LockedError: "the database is busy",
    apsw.FullError: "the disk is full",
    apsw.IOError: "the disk cannot be read or written",
    apsw.CantOpenError: "the database file cannot be opened",
    apsw.ReadOnlyError: "the database file is read-only",
    apsw.PermissionsError: "the database file may not be used",
    apsw.CorruptError: "the database file is damaged",
    apsw.NotADBError: "the database file is no database",
    apsw.InterruptError: "the database was interrupted",
    apsw.NoMemError: "the database has no memory left",
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise StoreUnavailable or StoreNotReady for what the driver raises inside; its own words stay inside."""
    try:
        yield
    except apsw.SQLError:
        raise StoreNotReady("the database's schema is not this program's; run `masking migrate`") from None
    except apsw.Error as error:
        problem = _UNAVAILABLE.get(type(error))
        if problem is None:
            raise StoreUnavailable("the database failed") from error
        raise StoreUnavailable(problem) from None
    except OSError as error:
        raise StoreUnavailable(f"the database file cannot be made: {error.strerror}") from None
