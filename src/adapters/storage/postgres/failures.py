"""From the driver's errors to the core's."""

from psycopg import Error, OperationalError, errors

from adapters.deadline import remaining
from masking_core.errors import MaskingError, StoreNotReady, StoreUnavailable

OVERTAKEN = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
"""What a writer meets whom another one overtook: nothing is stored, and the same again may succeed."""


class Overtaken(errors.SerializationFailure):
    """Raised inside a transaction that finds out by itself that another writer was first."""


_OTHER_SERVER = (
    errors.ReadOnlySqlTransaction,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)
"""What a connection says that leads to a server which went away, or is the primary no more."""

_NOT_READY: tuple[tuple[tuple[type[Error], ...], str], ...] = (
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.InvalidSchemaName),
        "the database's schema is not this program's; run `masking migrate`",
    ),
    (
        (errors.InsufficientPrivilege,),
        "the database's role lacks a right; it must own the schema `masking`, or the database to make it in",
    ),
    (
        (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement),
        "prepared statements get lost between here and the database; add prepare=off to its URL",
    ),
)

_UNAVAILABLE: tuple[tuple[tuple[type[Error], ...], str], ...] = (
    ((errors.LockNotAvailable, errors.QueryCanceled), "the database is busy"),
    ((errors.DiskFull,), "the database's disk is full"),
    ((errors.IoError,), "the database's disk cannot be read or written"),
    ((errors.OutOfMemory,), "the database has no memory left"),
    ((errors.TooManyConnections,), "the database has no connection left"),
    (_OTHER_SERVER, "the database has no writable primary now"),
)


def is_lost(error: Error, *, closed: bool) -> bool:
    """Whether another connection may do what this one failed at, though it had the time to."""
    return remaining() != 0 and (closed or isinstance(error, _OTHER_SERVER))


def translated(error: Error) -> MaskingError:
    """The core's error for the driver's, whose own words stay inside: they may name addresses and users."""
    for kinds, problem in _NOT_READY:
        if isinstance(error, kinds):
            return StoreNotReady(problem)
    return StoreUnavailable(_problem(error))


def _problem(error: Error) -> str:
    for kinds, problem in _UNAVAILABLE:
        if isinstance(error, kinds):
            return problem
    if remaining() == 0:
        return "the database did not answer in time"
    if isinstance(error, OperationalError):
        return "the connection to the database broke"
    return f"the database failed: SQLSTATE {error.sqlstate or 'unknown'}"


def refused(error: Error) -> StoreUnavailable:
    """The core's error for a connection that was not made."""
    if "FATAL" in str(error):
        return StoreUnavailable("the database refuses the connection; its log says why")
    return StoreUnavailable("the database cannot be reached")
