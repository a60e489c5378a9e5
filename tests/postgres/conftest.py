from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from adapters.storage.registry import open_store
from masking_core.ports.store import Store
from support.migrated import migrated_database
from support.postgres_servers import PostgresServer, fresh_database
from support.tcp_proxy import TcpProxy
from support.world import World


@pytest.fixture
def url() -> str:
    """A fresh store in the suite's server."""
    return migrated_database()


@pytest.fixture
def empty_url() -> str:
    """A fresh database of the suite's server, with nothing in it."""
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


@pytest.fixture
def proxied(url: str) -> Iterator[tuple[World, TcpProxy]]:
    """A world whose connections a test can cut, with its statements in the clear."""
    port = urlsplit(url).port or 5432
    proxy = TcpProxy(port)
    world = World(open_store(f"{url.replace(f':{port}/', f':{proxy.port}/')}?prepare=off&sslmode=disable"))
    world.pool()
    yield world, proxy
    world.store.close()
    proxy.close()
