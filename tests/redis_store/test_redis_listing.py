"""How sessions stand on the pages that list them: whatever their order, none is missed and none stays."""

import random

import pytest

from adapters.storage.redis.commands import command
from adapters.storage.redis.packing import pack_id
from adapters.storage.registry import open_store
from masking_core.instants import DAY, HOUR
from masking_core.sessions import SessionQuery
from masking_core.shards import SHARDS
from support.redis_servers import single_url
from support.world import POOL, World

IDS = [f"{number:08x}-0000-7000-8000-000000000000" for number in range(0, 16 * 260, 16)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """All sessions stand in one shard, so that its pages fill."""
    monkeypatch.setattr("adapters.storage.redis.names.shard_of", lambda _: 0)
    monkeypatch.setattr("adapters.storage.redis.opening.shard_of", lambda _: 0)
    monkeypatch.setattr("adapters.storage.redis.work.shard_of", lambda _: 0)
    monkeypatch.setattr("adapters.storage.redis.sweeping.shard_of", lambda _: 0)
    world = World(open_store(single_url()))
    world.pool(2, cool_off=0, retention=HOUR)
    return world


def open_in_order(world: World, ids: list[str]) -> None:
    made = iter(ids)
    world.sessions._opening._new_id = lambda: next(made)
    for index in range(len(ids)):
        world.open(2 * index, 2 * index + 1, time_to_live=HOUR)


def listed(world: World, **query: object) -> list[str]:
    views = world.sessions.list(SessionQuery(**query))  # type: ignore[arg-type]
    return [view.session.session_id for view in views]


def pages(world: World) -> list[int]:
    """How many sessions stand on each page."""
    link, names = world.store._link, world.store._names  # type: ignore[attr-defined]
    fields = link.one(command("HGETALL", names.index(0, POOL)[1]))
    return [len(text) // (1 + len(pack_id(IDS[0]))) for text in fields[1::2]]


@pytest.mark.parametrize("order", ["as they come", "backwards", "in any order"])
def test_sessions_are_listed_newest_first_in_whatever_order_they_came(world: World, order: str) -> None:
    ids = IDS[:]
    if order == "backwards":
        ids.reverse()
    if order == "in any order":
        random.Random(1).shuffle(ids)
    open_in_order(world, ids)
    newest_first = sorted(IDS, reverse=True)
    assert listed(world, limit=1_000) == newest_first
    assert listed(world, limit=7, after=newest_first[130]) == newest_first[131:138]
    assert listed(world, limit=300, pool=POOL, after=newest_first[0]) == newest_first[1:301]
    assert listed(world, limit=5, after=newest_first[-1]) == []
    assert sum(pages(world)) == len(IDS)
    assert len(pages(world)) <= (3 if order == "as they come" else 5)


def test_what_is_forgotten_leaves_its_page_and_the_last_takes_the_page_along(world: World) -> None:
    open_in_order(world, IDS)
    kept = {IDS[3], IDS[250]}
    for session_id in set(IDS) - kept:
        world.sessions.close(session_id)
    for session_id in kept:
        session = world.store.get_session(session_id)
        assert session is not None
    world.now += HOUR
    while world.housekeeping.sweep():
        pass
    assert set(listed(world, limit=1_000)) == kept
    assert sum(pages(world)) == len(kept)
    world.now += DAY
    while world.housekeeping.sweep():
        pass
    assert pages(world) == []


def test_every_shard_lists_its_own() -> None:
    world = World(open_store(single_url()))
    world.pool(4)
    opened = [world.open(2 * index, 2 * index + 1).session.session_id for index in range(4 * SHARDS)]
    assert listed(world, limit=1_000) == sorted(opened, reverse=True)
    world.store.close()
