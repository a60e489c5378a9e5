"""What the gRPC server tells probes and monitoring, beside the health that it serves over gRPC."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import msgspec

from adapters.composition import Services
from adapters.grpc_server.listening import why_not
from adapters.grpc_server.readiness import CannotServeError
from adapters.operations import OperationsServer, Page
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.pool_use import PoolUse
from adapters.telemetry.shared_folder import shared_folder

_ALIVE: Final = Page(b'{"status":"alive"}')
_READY: Final = Page(b'{"status":"ready"}')


class Serving(Protocol):
    """Knows whether it can serve."""

    @property
    def problem(self) -> str:
        """Why not; empty when it can."""
        ...


@contextmanager
def operations(address: str, server: Serving, services: Services) -> Iterator[None]:
    """Serve health, readiness and metrics at ``address`` meanwhile; an empty one serves nothing.

    Raises CannotServeError when somebody listens there: two servers would answer by turns.
    """
    if not address:
        yield
        return
    problem = why_not(address)
    if problem:
        raise CannotServeError(f"cannot listen on {address}: {problem}")
    with shared_folder():
        exposition = Exposition(services.telemetry.metrics, (PoolUse(services.pools, services.outlooks.known),))
        pages = {"/healthz": lambda: _ALIVE, "/readyz": lambda: _ready(server), "/metrics": exposition.page}
        listener = OperationsServer(address, pages)
        listener.start()
        try:
            yield
        finally:
            listener.stop()


def _ready(server: Serving) -> Page:
    problem = server.problem
    return Page(msgspec.json.encode({"error": problem}), status=503) if problem else _READY
