"""The edge's own server: gunicorn, started from the settings instead of its command line."""

import gc
import logging
import signal
from collections.abc import Callable
from typing import Any, Final

import falcon
from falcon import App
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from adapters import logs
from adapters.composition import Services, compose
from adapters.operations import OperationsServer
from adapters.settings import Settings
from adapters.telemetry.shared_folder import shared_folder
from adapters.telemetry.shared_values import forget_process
from webhook_edge import admission, wsgi
from webhook_edge.guard import check_guarded, reserve
from webhook_edge.gunicorn_conf import options
from webhook_edge.operations import operations_pages
from webhook_edge.post import Recording
from webhook_edge.worker import ENDING

_log = logging.getLogger(__name__)

_SELDOM: Final = 10_000
"""After so many collections of younger objects the oldest are looked through; Python's own measure is 10."""

Companion = Callable[[], Callable[[], None]]
"""Starts what shares the worker's process, and returns what stops it."""


class EdgeArbiter(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's master process, to which Ctrl-C says what SIGTERM does: finish, then end."""

    handle_int = Arbiter.handle_term

    def spawn_worker(self) -> Any:
        """See gunicorn. Signals wait until the worker has handlers: those it inherits are its master's."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class EdgeServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves the edge in as many processes as the settings say."""

    def __init__(
        self, settings: Settings, services: Services | None = None, on_worker_ready: Companion | None = None
    ) -> None:
        """Take the settings, and for a store that lives in one process the services over it.

        With ``services``, one worker serves them all alone, and ``on_worker_ready`` is called in its
        process before it accepts a connection; what it returns, after the last one.
        """
        self._settings = settings
        self._services = services
        self._is_alone = services is not None
        self._on_worker_ready = on_worker_ready
        self._stop_companion: Callable[[], None] | None = None
        self._held = reserve(settings.edge_address)
        self._held_for_operations = reserve(settings.ops_address) if settings.ops_address else None
        super().__init__()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, the port chosen when the settings name port 0."""
        host, port = self._held.getsockname()[:2]
        return host, port

    @property
    def settings(self) -> Settings:
        """What the workers go by."""
        return self._settings

    @property
    def recording(self) -> Recording | None:
        """What the one worker of a store that lives in its process does in its spare moments."""
        return self._services.call_log if self._is_alone and self._services is not None else None

    def load_config(self) -> None:
        """See gunicorn."""
        host, port = self.address
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        workers = self._settings.edge_workers if self._services is None else 1
        for name, value in options(self._settings, bind, workers).items():
            self.cfg.set(name, value)
        self.cfg.set("when_ready", self._announce)
        self.cfg.set("post_worker_init", self._begin)
        self.cfg.set("worker_exit", self._end)
        self.cfg.set("child_exit", self._bury)

    def load(self) -> App[falcon.Request, falcon.Response]:
        """See gunicorn; called in each worker."""
        if self._services is None:
            self._services = compose(self._settings, wsgi.SERVICE)
            self._services.call_log.fork()
        return wsgi.build(self._settings, self._services)

    def run(self) -> None:
        """Serve until a signal says otherwise; ends by SystemExit."""
        EdgeArbiter(self).run()

    def _announce(self, server: Any) -> None:
        del server
        _log.info("the edge serves at %s:%d", *self.address)

    def _begin(self, worker: Any) -> None:
        del worker
        if self._on_worker_ready is not None:
            self._stop_companion = self._on_worker_ready()
        if self._services is not None:
            shed = self._services.telemetry.metrics.shed
            admission.observers.append(lambda why: shed((why,), 1))
        if self._services is not None and self._settings.ops_address:
            # It ends with the process, so that probes are answered while the last requests are.
            pages = operations_pages(self._services, with_pools=self._is_alone)
            OperationsServer(self._settings.ops_address, pages).start()
        # What is there now stays, and what a store in memory is told stays too: to look it all through again would hold
        # a caller up for tens of milliseconds. What goes in a circle is young, or is found after some million calls.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], _SELDOM)

    def _bury(self, server: Any, worker: Any) -> None:
        del server
        forget_process(worker.pid)

    def _end(self, server: Any, worker: Any) -> None:
        del server, worker
        if self._stop_companion is not None:
            self._stop_companion()


def run(settings: Settings, services: Services | None = None, on_worker_ready: Companion | None = None) -> None:
    """Serve until a signal says otherwise; does not return. See ``EdgeServer`` for the arguments.

    Raises CannotServe when the address is taken or webhooks could not be verified, and what loading
    the keys does, before any process is started.
    """
    logs.configure(settings.log_format)
    check_guarded(settings)
    if services is None:
        compose(settings).store.close()
    server = EdgeServer(settings, services, on_worker_ready)
    with shared_folder():
        server.run()
