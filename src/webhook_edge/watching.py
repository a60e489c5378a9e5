"""Every webhook timed, traced and given its correlation id."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

import falcon

from adapters.telemetry import correlation
from adapters.telemetry.telemetry import Telemetry
from masking_core.calls import Decision, Dial, Play
from masking_core.errors import MaskingError, SignatureRefused
from masking_core.webhooks import WebhookKind
from webhook_edge.infobip import CALLBACK_PATH, REPORT_PATH

_FAILED: Final = 500
_UNAVAILABLE: Final = 503


class Watching:
    """Falcon's middleware. What is counted is told by the resources, through the functions below."""

    def __init__(self, telemetry: Telemetry) -> None:
        """Take what watches."""
        metrics = telemetry.metrics
        self._traces = telemetry.traces
        self._flawed = metrics.signature_failure
        self._observe: Mapping[str, Callable[[tuple[str, ...], float], None]] = {
            CALLBACK_PATH: metrics.callback,
            REPORT_PATH: metrics.status_report,
        }

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin."""
        context = resp.context
        context.began = perf_counter()
        correlation.begin()
        if self._traces is not None and req.path in self._observe:
            context.span = self._traces.begin(req.path, req.get_header("traceparent"), server=True)

    def process_response(self, req: falcon.Request, resp: falcon.Response, *_: Any) -> None:
        """End, whatever became of it."""
        observe, context = self._observe.get(req.path), resp.context
        # What is no HTTP for Falcon ends before it begins.
        if observe is not None and "began" in context:
            labels = context.answer if "answer" in context else _without_a_word(resp)
            observe(labels, perf_counter() - context.began)
            if self._traces is not None:
                answer, reason = labels
                context.span.end(answer, failed=answer == "failed", reason=reason)
            if labels[1] == SignatureRefused.reason:
                kind = WebhookKind.CALLBACK if req.path == CALLBACK_PATH else WebhookKind.REPORT
                self._flawed((kind.value, context.flaw), 1)
        correlation.end()


def concerns(correlation_ids: Sequence[str]) -> None:
    """The provider's ids of the call that this thread is at work for."""
    under_way = correlation.current()
    if under_way is not None and correlation_ids:
        under_way.take(correlation_ids[-1])


def answered(resp: falcon.Response, decision: Decision) -> None:
    """A callback was answered with a decision."""
    answer = "dial" if isinstance(decision, Dial) else "play" if isinstance(decision, Play) else "ask_pin"
    resp.context.answer = (answer, decision.reason.value)


def unavailable(resp: falcon.Response, error: MaskingError) -> None:
    """A callback was answered with the announcement that the service is unavailable."""
    resp.context.answer = ("unavailable", error.reason)


def refused(resp: falcon.Response, error: MaskingError, status: int) -> None:
    """A webhook was answered with an error of the core."""
    resp.context.answer = (_called(status), error.reason)
    if isinstance(error, SignatureRefused):
        resp.context.flaw = error.flaw.value


def _without_a_word(resp: falcon.Response) -> tuple[str, str]:
    """What to call an answer that nobody told of: a report that was kept, or one of HTTP's errors."""
    status = resp.status_code
    if status < 400:  # noqa: PLR2004
        return ("kept", "OK")
    return (_called(status), f"HTTP_{status}")


def _called(status: int) -> str:
    if status == _UNAVAILABLE:
        return "unavailable"
    return "failed" if status >= _FAILED else "refused"
