"""From the driver's errors to the core's."""

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
_BY_PREFIX = {
    "NOREPLICAS": "Redis has too few replicas to take writes",
    "MISCONF": "Redis cannot write to its disk, and takes no writes",
    "OOM": "Redis has no memory left",
}


def refused_for_now(error: object) -> bool:
    """Whether a command was not carried out, and may be in a moment, or elsewhere."""
    return isinstance(error, _ELSEWHERE_OR_LATER)


def translated(error: Exception) -> MaskingError:
    """What the core calls a driver's error; its own words, which may hold an address, stay inside."""
    if isinstance(error, NoPermissionError):
        return StoreNotReady("the Redis user may not run a command that the store needs; the README lists them")
    if isinstance(error, AuthenticationError | AuthorizationError):
        return StoreNotReady("Redis refuses the user or the password")
    if isinstance(error, OutOfMemoryError):
        return StoreUnavailable(_BY_PREFIX["OOM"])
    if isinstance(error, TimeoutError):
        return StoreUnavailable("Redis did not answer in time")
    if isinstance(error, _ELSEWHERE_OR_LATER):
        return StoreUnavailable("Redis cannot answer just now: it starts, or fails over")
    if isinstance(error, ResponseError):
        words = str(error).split(maxsplit=1)
        problem = _BY_PREFIX.get(words[0] if words else "")
        return StoreUnavailable(problem or "Redis refused a command")
    if isinstance(error, RedisError | OSError):
        return StoreUnavailable("Redis cannot be reached")
    return StoreUnavailable("Redis failed")
