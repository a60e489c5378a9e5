"""Whose worker records calls in its spare moments: that of a store which lives in the worker's own process."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from adapters.composition import Services, wire
from adapters.storage.registry import open_store
from edge.edge_client import settings
from support.world import World
from webhook_edge.server import EdgeServer
from webhook_edge.worker import EdgeWorker


@contextmanager
def serving(services: Services | None = None) -> Iterator[EdgeServer]:
    server = EdgeServer(settings(edge_address="127.0.0.1:0", ops_address=""), services)
    try:
        yield server
    finally:
        server._held.close()


def test_the_worker_of_a_store_in_memory_records_in_its_spare_moments() -> None:
    world = World(open_store("memory://"))
    services = wire(world.store, world.vault)
    with serving(services) as server:
        worker: Any = SimpleNamespace(app=server, _limits=server.settings, send=None)
        assert EdgeWorker.get_thread_pool(worker)._recording is services.call_log


def test_the_workers_of_any_other_store_do_not() -> None:
    with serving() as server:
        assert server.recording is None
