"""What the edge tells probes: each process of it at the operations address, which the world does not reach."""

import logging
from typing import Final

from adapters.operations import Page, Pages
from masking_core.errors import MaskingError
from webhook_edge.failures import error_line
from webhook_edge.logs import trace_of
from webhook_edge.readiness import Readiness

_log = logging.getLogger(__name__)

_ALIVE: Final = Page(b'{"status":"alive"}')
_READY: Final = Page(b'{"status":"ready"}')


def operations_pages(readiness: Readiness) -> Pages:
    """``/healthz`` says that a process lives, ``/readyz`` whether it can answer webhooks."""
    return {"/healthz": lambda: _ALIVE, "/readyz": lambda: _ready(readiness)}


def _ready(readiness: Readiness) -> Page:
    try:
        readiness.check()
    except MaskingError as error:
        return Page(error_line(str(error)), status=503)
    except Exception as error:  # noqa: BLE001 whatever it is, the probe shall hear that this process is not ready
        _log.error("readiness could not be told: an unexpected %s", trace_of(error))
        return Page(error_line("something went wrong here; the log says what"), status=503)
    return _READY
