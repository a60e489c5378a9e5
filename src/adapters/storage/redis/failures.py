"""From the driver's errors to the core's."""

import re

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 # the driver's own
    TryAgainError,
)

from masking_core.errors import MaskingError, StoreNotReady, StoreUnavailable

_ELSEWHERE_OR_LATER = (BusyLoadingError, ClusterDownError, MasterDownError, ReadOnlyError, TryAgainError)
_NOT_READY: tuple[tuple[type[Exception], str], ...] = (
    (NoPermissionError, "the Redis user may not run a command that the store needs; the documentation lists them"),
    (AuthenticationError, "Redis refuses the user or the password"),
    (AuthorizationError, "Redis refuses the user or the password"),
)
_UNAVAILABLE: tuple[tuple[type[Exception], str], ...] = (
    (OutOfMemoryError, "Redis has no memory left"),
    (TimeoutError, "Redis did not answer in time"),
    *((each, "Redis cannot answer just now: it starts, or fails over") for each in _ELSEWHERE_OR_LATER),
    (ResponseError, "Redis refused a command"),
    (RedisError, "Redis cannot be reached"),
    (OSError, "Redis cannot be reached"),
)
_REFUSED_TO_A_SCRIPT = re.compile("ACL failure in script|user executing the script can't run")
_BY_FIRST_WORD = {
    "NOREPLICAS": "Redis has too few replicas to take writes",
    "MISCONF": "Redis cannot write to its disk, and takes no writes",
}


def refused_for_now(error: object) -> bool:
    """Whether a command was not carried out, and may be in a moment, or elsewhere."""
    return isinstance(error, _ELSEWHERE_OR_LATER)


def translated(error: Exception) -> MaskingError:
    """What the core calls a driver's error; its own words, which may hold an address, stay inside."""
    for kind, problem in _NOT_READY:
        if isinstance(error, kind):
            return StoreNotReady(problem)
    if isinstance(error, ResponseError) and _REFUSED_TO_A_SCRIPT.search(str(error)):
        return StoreNotReady(_NOT_READY[0][1])
    first_word = str(error).partition(" ")[0]
    found = next((problem for kind, problem in _UNAVAILABLE if isinstance(error, kind)), "Redis failed")
    return StoreUnavailable(_BY_FIRST_WORD.get(first_word, found))
