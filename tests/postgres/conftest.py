from collections.abc import Iterator

import pytest

from adapters.storage.registry import open_store
from masking_core.ports.store import Store
from support.postgres_servers import PostgresServer, fresh_database
from support.world import World


@pytest.fixture
def url() -> str:
    """A fresh database of the suite's server."""
    return fresh_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.pool()
    return world


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of the test's own, which it may stop and kill."""
    made = PostgresServer.made()
    yield made
    made.stop()
