"""Everything that is in a store after a person was erased, searched byte by byte, on every backend."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.storage.redis.names import CALLER_BYTES, printable
from adapters.storage.registry import open_store
from masking_core.phone_number import RealNumber
from support.person import lookups_of, scattered, seals_of
from support.raw_stores import raw
from support.stores import URLS
from support.world import World, real


@pytest.fixture(params=sorted(URLS))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return URLS[request.param](tmp_path)


@pytest.fixture
def world(url: str) -> Iterator[World]:
    world = World(open_store(url))
    yield world
    world.store.close()


def test_nothing_of_a_person_who_was_erased_is_left_in_the_store(world: World, url: str) -> None:
    scattered(world)
    lookups = lookups_of(world)
    searched = [*lookups, *(each[:CALLER_BYTES] for each in lookups), *seals_of(world)]
    before = raw(world.store, url)
    assert all(written(before, each) for each in searched)

    done = world.erasing.erase(RealNumber(real(1)))

    assert (done.sessions_closed, done.sessions_forgotten, done.calls_anonymised) == (1, 2, 5)
    after = raw(world.store, url)
    assert len(after) > len(before) // 10
    assert not [each for each in searched if written(after, each)]
    assert real(1)[1:].encode() not in before + after


def written(content: bytes, secret: bytes) -> bool:
    """Whether the bytes stand in what was read, in any of the ways that the stores write bytes."""
    ways = (secret, base64.b64encode(secret), secret.hex().encode(), printable(secret))
    return any(way in content for way in ways)
