"""How gunicorn serves the edge."""

import logging
import sys
from typing import Any, ClassVar

from gunicorn.glogging import Logger

from adapters import logs
from adapters.settings import Settings


class EdgeLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own messages, in lines like everybody's."""

    log_format: ClassVar[str] = logs.TEXT

    def setup(self, cfg: Any) -> None:
        """See gunicorn."""
        super().setup(cfg)
        for handler in logging.getLogger("gunicorn.error").handlers:
            handler.setFormatter(logs.formatter(self.log_format))


class JsonEdgeLogger(EdgeLogger):
    """The same in JSON."""

    log_format = logs.JSON


def options(settings: Settings, bind: str, workers: int) -> dict[str, Any]:
    """Gunicorn's settings for this many workers at one address.

    Each worker listens by itself, so that the kernel spreads connections evenly. There is no access
    log: whoever needs one has it in the proxy in front, and calls are kept in the store.
    """
    return {
        "bind": bind,
        "workers": workers,
        "worker_class": "webhook_edge.worker.EdgeWorker",
        "threads": settings.edge_threads,
        "reuse_port": True,
        "preload_app": False,
        "http_parser": "python",
        "http_protocols": "h1",
        "keepalive": settings.edge_idle_seconds,
        # The worker sees to its own limit, and never stops accepting.
        "worker_connections": sys.maxsize,
        "timeout": 30,
        "graceful_timeout": 30,
        "limit_request_line": 2_048,
        "limit_request_fields": settings.edge_max_headers,
        "limit_request_field_size": 8_190,
        "forwarded_allow_ips": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "info",
        "logger_class": JsonEdgeLogger if settings.log_format == logs.JSON else EdgeLogger,
        "control_socket_disable": True,
        "proc_name": "masking-edge",
    }
