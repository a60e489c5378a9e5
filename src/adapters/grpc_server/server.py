"""The server itself: its address, its threads, its start and its end."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from adapters import system
from adapters.composition import Services, compose
from adapters.grpc_server import pool_watch
from adapters.grpc_server.access import Access
from adapters.grpc_server.background import Background
from adapters.grpc_server.block_service import BlockService
from adapters.grpc_server.call_service import CallService
from adapters.grpc_server.door import Door, door_of
from adapters.grpc_server.ending import Ending
from adapters.grpc_server.event_service import EventService
from adapters.grpc_server.guard import Guard
from adapters.grpc_server.listening import why_not
from adapters.grpc_server.number_service import NumberService
from adapters.grpc_server.operations import operations
from adapters.grpc_server.privacy_service import PrivacyService
from adapters.grpc_server.readiness import CannotServeError, Readiness
from adapters.grpc_server.session_service import SessionService
from adapters.grpc_server.streams import OpenStreams
from adapters.grpc_server.visitors import Visitors
from adapters.grpc_server.watching import Watching
from adapters.settings import Settings
from masking.v1 import (
    block_service_pb2,
    call_service_pb2,
    event_service_pb2,
    number_service_pb2,
    privacy_service_pb2,
    session_service_pb2,
)
from masking.v1.block_service_pb2_grpc import add_BlockServiceServicer_to_server
from masking.v1.call_service_pb2_grpc import add_CallServiceServicer_to_server
from masking.v1.event_service_pb2_grpc import add_EventServiceServicer_to_server
from masking.v1.number_service_pb2_grpc import add_NumberServiceServicer_to_server
from masking.v1.privacy_service_pb2_grpc import add_PrivacyServiceServicer_to_server
from masking.v1.session_service_pb2_grpc import add_SessionServiceServicer_to_server
from masking_core.errors import MaskingError
from masking_core.instants import DAY, Duration

_log = logging.getLogger(__name__)

SERVICES = (
    session_service_pb2.DESCRIPTOR.services_by_name["SessionService"].full_name,
    number_service_pb2.DESCRIPTOR.services_by_name["NumberService"].full_name,
    call_service_pb2.DESCRIPTOR.services_by_name["CallService"].full_name,
    event_service_pb2.DESCRIPTOR.services_by_name["EventService"].full_name,
    privacy_service_pb2.DESCRIPTOR.services_by_name["PrivacyService"].full_name,
    block_service_pb2.DESCRIPTOR.services_by_name["BlockService"].full_name,
)
"""The full names of what is served, beside health and reflection."""

AUDIT_RETENTION: Duration = 400 * DAY

GRACE_SECONDS = 25.0
"""How long what was accepted may take when the server is told to stop; less than supervisors allow."""

_FAREWELL_SECONDS = 1.0
"""How long health watchers are left to hear that the server goes, before they are cut off."""

_LOOK_SECONDS = 0.5
"""So that health is told within a second of a store that goes or comes back."""

KEYS_SECONDS = 0.5
"""So that a key that is revoked lets nobody in a second later."""

_SWEEP_SECONDS = 5.0
_COUNT_SECONDS = 120.0
_TRIM_SECONDS = 60.0
_WATCH_SECONDS = 60.0
_MIGRATED_AT_START = ("memory", "sqlite")
_OPTIONS = (
    # Two servers on one port would share its connections, and neither would say so.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    # A peer that has vanished is found out within a minute and a half, and clients may look every ten seconds.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


class GrpcServer:
    """Serves ``masking.v1`` with health and reflection, and keeps house beside it.

    Health is SERVING, for the server and for each service, while the store can serve.
    """

    def __init__(
        self,
        services: Services,
        address: str,
        threads: int,
        *,
        door: Door = Door(),  # noqa: B008 it is frozen
        audit_retention: Duration = AUDIT_RETENTION,
        migrate: bool = False,
        give_up: Callable[[CannotServeError], None] | None = None,
    ) -> None:
        """Take what to serve, as ``host:port`` (port 0: any), and how many RPCs run at once.

        ``door`` is how callers come in, and ``audit_retention`` how long it is remembered what they did.
        ``migrate`` brings the store's schema up to date first. ``give_up`` hears, from another
        thread, when a store that was away at the start turns out not to be this process's.
        """
        self.port = 0
        self._address = address
        self._door = door
        self._give_up = give_up
        self._streams = OpenStreams()
        self._visitors = Visitors(services.api_keys, system.now, door.keyless)
        self._access = Access(
            self._visitors, services.store, services.audit_log, system.now, open_reflection=door.open_reflection
        )
        # Not its non-blocking way: that one sends to watchers while it holds a lock, which gRPC's own
        # thread waits for when a watcher leaves at that moment, and with it the whole server.
        self._health = health.HealthServicer(experimental_non_blocking=False)
        self._tell_health(serving=False)
        self._threads = ThreadPoolExecutor(threads, "masking-rpc")
        interceptors = [Watching(services.telemetry), Guard(), self._streams, self._access]
        self._server = grpc.server(self._threads, interceptors=interceptors, options=_OPTIONS)
        add_SessionServiceServicer_to_server(SessionService(services.sessions, services.vault), self._server)
        add_NumberServiceServicer_to_server(NumberService(services.pools, services.outlooks), self._server)
        add_CallServiceServicer_to_server(
            CallService(services.calls, services.explaining, services.summaries, services.recordings, services.vault),
            self._server,
        )
        add_EventServiceServicer_to_server(EventService(services.store), self._server)
        add_PrivacyServiceServicer_to_server(PrivacyService(services.erasing), self._server)
        add_BlockServiceServicer_to_server(BlockService(services.blocks), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        self._readiness = Readiness(services.store, services.vault, self._tell_health, migrate=migrate)
        self._background = (
            Background("the look at the store", self._look, _LOOK_SECONDS),
            Background("the look at the API keys", self._look_at_keys, KEYS_SECONDS),
            Background(
                "the audit's retention", lambda: services.audit.trim(system.now() - audit_retention), _TRIM_SECONDS
            ),
            Background("housekeeping", services.housekeeping.sweep, _SWEEP_SECONDS),
            Background("the counting of calls", services.summaries.count_finished, _COUNT_SECONDS),
            Background("the watch over pools", partial(pool_watch.look, services.outlooks), _WATCH_SECONDS),
        )

    def start(self) -> None:
        """Listen and serve; ``port`` is known then. A store that is away is waited for, while health says so.

        Raises CannotServeError when the store cannot be this process's, or the address is taken.
        """
        for warning in self._door.warnings:
            _log.warning("%s", warning)
        self._readiness.look()
        with suppress(MaskingError):  # a store that is away is looked at again
            self._look_at_keys()
        self.port = self._listen()
        self._server.start()
        for each in self._background:
            each.start()

    @property
    def problem(self) -> str:
        """Why RPCs cannot be served just now; empty when they can be."""
        return self._readiness.problem

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Accept nothing more, and return when all that was accepted is done or ``grace`` seconds are over."""
        self._health.enter_graceful_shutdown()
        stopped = self._server.stop(grace)
        stopped.wait(_FAREWELL_SECONDS)
        self._streams.end()
        stopped.wait()
        for each in self._background:
            each.stop()
        self._threads.shutdown(wait=False)

    def _tell_health(self, *, serving: bool) -> None:
        if serving:
            with suppress(MaskingError):  # whoever comes is known before anybody is told to come
                self._visitors.look()
        states = health_pb2.HealthCheckResponse
        for name in ("", *SERVICES):
            self._health.set(name, states.SERVING if serving else states.NOT_SERVING)

    def _look(self) -> None:
        try:
            self._readiness.look()
        except CannotServeError as error:
            if self._give_up is None:
                raise
            self._give_up(error)

    def _look_at_keys(self) -> None:
        self._visitors.look()
        self._access.send_away()

    def _listen(self) -> int:
        problem = why_not(self._address)
        try:
            if not problem:
                return self._door.add_to(self._server, self._address)
        except RuntimeError:
            problem = why_not(self._address)
        raise CannotServeError(f"cannot listen on {self._address}: {problem or 'gRPC refuses it'}")


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was accepted. Call it from the main thread.

    Raises CannotServeError, what ``compose`` raises, and nothing for an orderly end.
    """
    door = door_of(settings)
    services = compose(settings, "masking-grpc")
    ending = Ending()
    migrate = urlsplit(settings.store).scheme in _MIGRATED_AT_START
    server = GrpcServer(
        services,
        settings.grpc_address,
        settings.grpc_threads,
        door=door,
        audit_retention=settings.audit_retention_days * DAY,
        migrate=migrate,
        give_up=ending.ask,
    )
    try:
        with ending, operations(settings.grpc_ops_address, server, services):
            server.start()
            _log.info("gRPC listens on %s", settings.grpc_address)
            ending.wait()
            server.stop()
    finally:
        services.store.close()
    if ending.error is not None:
        raise ending.error
