from collections.abc import Iterator
from pathlib import Path

import pytest

from moving.movers import Place
from support.stores import URLS


@pytest.fixture(params=sorted(URLS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh store of each backend, to copy from."""
    place = Place(request.param, tmp_path / "source")
    yield place
    place.close()


@pytest.fixture(params=sorted(URLS))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh store of each backend, to copy into."""
    place = Place(request.param, tmp_path / "target")
    yield place
    place.close()


@pytest.fixture
def plain_source(tmp_path: Path) -> Iterator[Place]:
    """A store to copy from, where it does not matter of which backend it is."""
    place = Place("memory", tmp_path / "source")
    yield place
    place.close()


@pytest.fixture
def plain_target(tmp_path: Path) -> Iterator[Place]:
    """A store to copy into, where it does not matter of which backend it is."""
    place = Place("memory", tmp_path / "target")
    yield place
    place.close()
