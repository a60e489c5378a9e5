"""What is counted and timed, in the words of those who tell."""

from collections.abc import Callable
from itertools import product
from typing import Final

from adapters.telemetry import catalogue
from adapters.telemetry.tally import Observe, Tally
from masking_core.errors import SignatureFlaw
from masking_core.webhooks import WebhookKind

_EXHAUSTED: Final = ("masking.v1.SessionService/OpenSession", "RESOURCE_EXHAUSTED")


class Metrics:
    """One process's metrics: each attribute takes the values of the labels, and seconds or a number."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._tally = Tally()
        self.callback: Observe = self._tally.timer(catalogue.CALLBACK)
        self.status_report: Observe = self._tally.timer(catalogue.STATUS_REPORT)
        self.rpc: Observe = self._tally.timer(catalogue.RPC, [_EXHAUSTED])
        self.stream: Observe = self._tally.counter(catalogue.STREAM)
        self.store: Observe = self._tally.timer(catalogue.STORE)
        self.signature_failure: Observe = self._tally.counter(
            catalogue.SIGNATURE_FAILURE, product(WebhookKind, SignatureFlaw)
        )
        self.shed: Observe = self._tally.counter(catalogue.SHED, [("full",), ("late",)])
        self._calls_lost: Observe = self._tally.counter(catalogue.CALLS_LOST, [()])

    def calls_lost(self, calls: int) -> None:
        """So many calls will never be recorded."""
        self._calls_lost((), calls)

    def calls_held(self, measure: Callable[[], int]) -> None:
        """Ask ``measure`` how many calls wait to be recorded."""
        self._tally.gauge(catalogue.CALLS_HELD, measure)

    def tell(self) -> None:
        """Have what was counted so far exposed from now on."""
        self._tally.tell()
