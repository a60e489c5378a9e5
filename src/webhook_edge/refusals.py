"""Answers to what never reaches the application: one line of JSON, like every failure."""

from typing import Any, Final

from gunicorn.http import errors

from webhook_edge.failures import error_line

_STATUSES: Final = (
    (errors.LimitRequestLine, "414 URI Too Long"),
    (errors.LimitRequestHeaders, "431 Request Header Fields Too Large"),
    (errors.ExpectationFailed, "417 Expectation Failed"),
    (errors.ConfigurationProblem, "500 Internal Server Error"),
    (errors.ParseException, "400 Bad Request"),
    (errors.NoMoreData, "400 Bad Request"),
)


def status_of(error: Exception) -> str:
    """The status of what gunicorn's parser raised; 500 for anything else."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), "500 Internal Server Error")


def refusal(status: str, sentence: str, *headers: str, closing: bool = True) -> bytes:
    """A whole answer."""
    body = error_line(sentence)
    told = ["Connection: close"] if closing else []
    lines = [f"HTTP/1.1 {status}", *told, *headers, "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join((*lines, "", "")).encode() + body


def _overload(*, closing: bool) -> bytes:
    return refusal("503 Service Unavailable", "too busy to answer in time", "Retry-After: 1", closing=closing)


TOO_BUSY: Final[Any] = {closing: _overload(closing=closing) for closing in (False, True)}
"""By whether the connection is closed behind it."""

TOO_LONG: Final = refusal("431 Request Header Fields Too Large", "the request is not acceptable HTTP")
TOO_SLOW: Final = refusal("408 Request Timeout", "the request did not arrive in time")
BROKEN_OFF: Final = refusal("400 Bad Request", "the request breaks off")
