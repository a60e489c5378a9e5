"""How every failure is answered: a status, and one line of JSON that says why."""

import logging
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import falcon
import msgspec
from falcon import App

from adapters.logs import trace_of
from masking_core import errors
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import SECOND
from webhook_edge.refusal_log import RefusalLog
from webhook_edge.strict_json import MalformedWebhook
from webhook_edge.watching import refused

_log = logging.getLogger(__name__)

_UNAVAILABLE: Final = 503

STATUSES: Final[Mapping[type[errors.MaskingError], int]] = {
    errors.InvalidArgument: 400,
    errors.SignatureRefused: 401,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.RequestIdReused: 409,
    PoolExhausted: 409,
    errors.NumberNotAvailable: 409,
    errors.SessionEnded: 409,
    errors.NumberInUse: 409,
    errors.Conflict: 409,
    errors.CopyRefused: 409,
    errors.ProviderNotConfigured: 409,
    errors.ProviderRefused: 409,
    errors.ProviderUnavailable: _UNAVAILABLE,
    errors.KeysChanged: _UNAVAILABLE,
    errors.SealBroken: _UNAVAILABLE,
    errors.StoreUnavailable: _UNAVAILABLE,
    errors.StoreNotReady: _UNAVAILABLE,
}
"""The status of each core error and of what derives from it."""


def status_of(error: type[errors.MaskingError]) -> int | None:
    """The HTTP status of a core error, or None when the table knows neither it nor what it derives from."""
    return next((STATUSES[kind] for kind in error.__mro__ if kind in STATUSES), None)


def error_line(sentence: str) -> bytes:
    """The body of every answer that is an error."""
    return msgspec.json.encode({"error": sentence})


def answer_failures(app: App[falcon.Request, falcon.Response], refusals: RefusalLog) -> None:
    """Have an application answer every failure like this, and none with a word of its own."""
    answering = _Answering(refusals)
    app.set_error_serializer(_serialize)
    app.add_error_handler(Exception, _answer_unexpected)
    app.add_error_handler(errors.MaskingError, answering.core)
    app.add_error_handler(MalformedWebhook, answering.malformed)


def _serialize(_req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    resp.content_type = falcon.MEDIA_JSON
    resp.data = error_line(error.description or error.title)


class _Answering:
    """Answers to failures that are told to the log as refusals are."""

    def __init__(self, refusals: RefusalLog) -> None:
        self._refusals = refusals

    def core(self, req: falcon.Request, resp: falcon.Response, error: errors.MaskingError, _params: Any) -> NoReturn:
        status = status_of(type(error)) or 500
        refused(resp, error, status)
        self._refusals.tell(req.uri_template or "", status, error.reason, str(error))
        headers = None
        if status == _UNAVAILABLE:
            headers = {"Retry-After": str(-(-getattr(error, "retry_after", SECOND) // SECOND))}
        raise falcon.HTTPError(status, title=str(error), headers=headers)

    def malformed(self, req: falcon.Request, _resp: falcon.Response, error: MalformedWebhook, _params: Any) -> NoReturn:
        self._refusals.tell(req.uri_template or "", 400, "MALFORMED", str(error))
        raise falcon.HTTPBadRequest(title=str(error))


def _answer_unexpected(req: falcon.Request, _resp: falcon.Response, error: Exception, _params: Any) -> NoReturn:
    _log.error("%s answers 500: an unexpected %s", req.uri_template, trace_of(error))
    raise falcon.HTTPInternalServerError(title="something went wrong here; the log says what")
