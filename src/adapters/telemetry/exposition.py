"""The metrics as Prometheus reads them."""

import logging
import os
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from adapters.logs import trace_of
from adapters.operations import Page
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.shared_folder import FOLDER_VARIABLE
from adapters.telemetry.shared_values import AddedUp

_log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Exposition:
    """What every process of this server counted, and what ``collectors`` tell when asked."""

    def __init__(self, metrics: Metrics, collectors: Iterable[Collector] = ()) -> None:
        """Take this process's metrics, which are told first, so that they lag behind nothing."""
        self._metrics = metrics
        self._collectors = tuple(collectors)

    def page(self) -> Page:
        """The page for the operations listener; it says 503 where it cannot be made."""
        try:
            return Page(self.text(), content_type=CONTENT_TYPE)
        except Exception as error:  # noqa: BLE001 whatever it is, it is for the log and not for who asks
            _log.error("the metrics could not be told: an unexpected %s", trace_of(error))
            return Page(b"", status=503, content_type=CONTENT_TYPE)

    def text(self) -> bytes:
        """The page. A restart of the server begins at zero; a restart of one of its processes does not."""
        self._metrics.tell()
        registry = CollectorRegistry()
        if FOLDER_VARIABLE in os.environ:
            registry.register(AddedUp(os.environ[FOLDER_VARIABLE]))
        for each in self._collectors:
            registry.register(each)
        return generate_latest(registry)
