"""How often Redis is asked one thing after the other: each time two processes wake each other, and a client waits."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.storage.redis import call_writing, pools
from adapters.storage.redis.link import Link
from adapters.storage.registry import open_store
from masking_core.call_records import CallQuery
from masking_core.instants import HOUR
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.shards import SHARDS
from support.callers import decided, ids_of_shard, record
from support.redis_servers import single_url
from support.world import World, real

Asked = Callable[[], int]


@pytest.fixture
def world() -> Iterator[World]:
    store = open_store(single_url())
    store.migrate()
    world = World(store)
    world.pool()
    yield world
    store.close()


@pytest.fixture
def trips(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands went out at once, each time, once everything is known that is asked once."""
    monkeypatch.setattr(pools, "MEMORY_SECONDS", 3_600)
    world.sessions.close(world.open(8, 9).session.session_id)
    record(world, *(decided(world, f"before-{index}") for index in range(8 * SHARDS)))
    trips: list[int] = []
    exchange = Link._exchange

    def counted(link: Link, commands: dict[int, Any], longest: float) -> dict[int, Any]:
        if commands:
            trips.append(len(commands))
        return exchange(link, commands, longest)

    monkeypatch.setattr(Link, "_exchange", counted)
    return trips


@pytest.fixture
def asked(trips: list[int]) -> Asked:
    """Tells how many round trips there were since it was last asked."""

    def since() -> int:
        number = len(trips)
        trips.clear()
        return number

    return since


def test_both_participants_numbers_are_looked_for_together(world: World, asked: Asked) -> None:
    opened = world.open(1, 2)
    assert asked() == 4
    world.sessions.close(opened.session.session_id)
    assert asked() == 2


def test_who_wants_a_number_by_name_leaves_the_other_with_no_more(world: World, asked: Asked) -> None:
    world.open(1, 2)
    by_pages = asked()
    world.now += HOUR
    world.open(3, 4)
    assert asked() == by_pages


def test_what_follows_what_is_known_of_a_change_takes_one_more_only(world: World, asked: Asked) -> None:
    def change(session_id: str, number: int) -> tuple[int, int]:
        """The round trips of a change of labels, and of one of numbers."""
        asked()
        world.sessions.update(SessionChange(session_id, labels={"order": "7"}))
        labels = asked()
        world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange((real(number),))}))
        return labels, asked()

    change(world.open(4, 5).session.session_id, 6)  # now the server knows the scripts
    assert change(world.open(1, 2).session.session_id, 3) == (7, 10)


@pytest.mark.parametrize(("far", "together"), [(math.inf, [1, 1, 1]), (0.0, [1, 2])])
def test_calls_are_put_by_one_script_at_a_time_unless_the_server_is_far_away(
    world: World, trips: list[int], monkeypatch: pytest.MonkeyPatch, far: float, together: list[int]
) -> None:
    monkeypatch.setattr(call_writing, "_FAR", far)
    names = [name for shard in (1, 2, 3) for name in ids_of_shard(shard, 10)]
    record(world, *(decided(world, name) for name in names))
    assert trips == together
    assert {call.call_id for call in world.store.list_calls(CallQuery(limit=1_000))} >= set(names)
