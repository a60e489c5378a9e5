from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.storage.registry import open_store
from masking_core.ports.store import Store
from support.stores import URLS
from support.world import World


@pytest.fixture(params=sorted(URLS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store of each backend in turn."""
    opened = open_store(URLS[request.param](tmp_path))
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> World:
    return World(store)
