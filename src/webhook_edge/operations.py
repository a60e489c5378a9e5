"""What the edge tells probes: each process of it at the operations address, which the world does not reach."""

import logging
from typing import Final

from adapters.composition import Services
from adapters.logs import trace_of
from adapters.operations import Page, Pages
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.pool_use import PoolUse
from masking_core.errors import MaskingError
from webhook_edge.failures import error_line
from webhook_edge.readiness import Readiness

_log = logging.getLogger(__name__)

_ALIVE: Final = Page(b'{"status":"alive"}')
_READY: Final = Page(b'{"status":"ready"}')


def operations_pages(services: Services, *, with_pools: bool = False) -> Pages:
    """``/healthz`` says that a process lives, ``/readyz`` whether it can answer webhooks, ``/metrics`` how it fares.

    The gRPC server tells of the pools, unless it is in this process.
    """
    readiness = Readiness(services.store, services.vault)
    pools = (PoolUse(services.pools, services.outlooks.known),) if with_pools else ()
    metrics = Exposition(services.telemetry.metrics, pools)
    return {"/healthz": lambda: _ALIVE, "/readyz": lambda: _ready(readiness), "/metrics": metrics.page}


def _ready(readiness: Readiness) -> Page:
    try:
        readiness.check()
    except MaskingError as error:
        return Page(error_line(str(error)), status=503)
    except Exception as error:  # noqa: BLE001 whatever it is, the probe shall hear that this process is not ready
        _log.error("readiness could not be told: an unexpected %s", trace_of(error))
        return Page(error_line("something went wrong here; the log says what"), status=503)
    return _READY
