"""How often Redis is asked one thing after the other: each time two processes wake each other, and a client waits."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.storage.redis import pools
from adapters.storage.redis.link import Link
from adapters.storage.registry import open_store
from masking_core.instants import HOUR
from masking_core.services.requests import ParticipantChange, SessionChange
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
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Tells how many round trips there were since it was last asked, once everything is known that is asked once."""
    monkeypatch.setattr(pools, "MEMORY_SECONDS", 3_600)
    world.sessions.close(world.open(8, 9).session.session_id)
    trips: list[int] = []
    exchange = Link._exchange

    def counted(link: Link, commands: dict[int, Any], longest: float) -> dict[int, Any]:
        if commands:
            trips.append(len(commands))
        return exchange(link, commands, longest)

    monkeypatch.setattr(Link, "_exchange", counted)

    def since() -> int:
        number = len(trips)
        trips.clear()
        return number

    return since


def test_both_participants_numbers_are_looked_for_together(world: World, asked: Asked) -> None:
    opened = world.open(1, 2)
    assert asked() == 6
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
    assert change(world.open(1, 2).session.session_id, 3) == (7, 12)
