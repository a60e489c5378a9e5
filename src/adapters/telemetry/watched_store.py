"""The store, with every verb timed."""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, cast

from adapters.telemetry.telemetry import Telemetry
from adapters.telemetry.traces import Traces
from masking_core.errors import MaskingError
from masking_core.ports.store import Store

_OK = "OK"
_UNEXPECTED = "UNEXPECTED"


def watched(store: Store, telemetry: Telemetry) -> Store:
    """The same store, which tells how long each verb took and how it ended: ``OK``, or the error's reason."""
    return cast("Store", _WatchedStore(store, telemetry))


class _WatchedStore:
    """Has the verbs as attributes of its own, each one call away from the store's."""

    def __init__(self, store: Store, telemetry: Telemetry) -> None:
        for verb in verbs():
            call = _timed(verb, getattr(store, verb), telemetry.metrics.store)
            setattr(self, verb, call if telemetry.traces is None else _traced(verb, call, telemetry.traces))


def verbs() -> Iterator[str]:
    """The name of every verb of a store."""
    seen = {name for port in Store.__mro__ for name, verb in vars(port).items() if callable(verb)}
    yield from sorted(name for name in seen if not name.startswith("_"))


def _timed(
    verb: str, call: Callable[..., Any], observe: Callable[[tuple[str, ...], float], None]
) -> Callable[..., Any]:
    ok = (verb, _OK)

    def timed(*given: Any, **named: Any) -> Any:
        began = perf_counter()
        labels = ok
        try:
            return call(*given, **named)
        except MaskingError as error:
            labels = (verb, error.reason)
            raise
        except Exception:
            labels = (verb, _UNEXPECTED)
            raise
        finally:
            observe(labels, perf_counter() - began)

    return timed


def _traced(verb: str, call: Callable[..., Any], traces: Traces) -> Callable[..., Any]:
    """A span for what is done on behalf of a request; what a process does by itself has none."""

    def traced(*given: Any, **named: Any) -> Any:
        if not traces.under_way():
            return call(*given, **named)
        span = traces.begin(f"store {verb}")
        outcome = _UNEXPECTED
        try:
            answer = call(*given, **named)
            outcome = _OK
            return answer
        except MaskingError as error:
            outcome = error.reason
            raise
        finally:
            span.end(outcome, failed=outcome == _UNEXPECTED)

    return traced
