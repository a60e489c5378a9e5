"""Callbacks that share a round trip are answered as each would be alone, on every backend."""

from collections.abc import Callable
from functools import partial

import pytest

from adapters.together import Together
from masking_core.calls import Decision, IncomingCall
from masking_core.errors import StoreUnavailable
from masking_core.phone_number import RealNumber
from support.world import World, proxies, real, virtual

Asked = tuple[int | None, str]


def call(caller: int | None, dialled: str) -> IncomingCall:
    number = None if caller is None else RealNumber(real(caller))
    return IncomingCall(dialled, number, f"{caller}-calls-{dialled}")


def answered_together(world: World, asked: list[Asked]) -> list[Decision]:
    """The decisions on calls that come at once."""
    decisions: dict[int, Decision] = {}

    def task(position: int, caller: int | None, dialled: str) -> None:
        decisions[position] = world.routing.route(call(caller, dialled))

    Together().run(partial(task, position, *each) for position, each in enumerate(asked))
    return [decisions[position] for position in range(len(asked))]


@pytest.fixture
def asked(world: World) -> list[Asked]:
    """Calls of every kind."""
    world.pool(8, cool_off=0)
    views = [world.open(index, 20 + index) for index in range(4)]
    ended = world.open(10, 30)
    world.sessions.close(ended.session.session_id)
    world.blocks.add(RealNumber(real(40)), "abuse")
    dialled = proxies(views[0])[0]
    calls: list[Asked] = [(index, proxies(view)[0]) for index, view in enumerate(views)]
    calls += [(20 + index, proxies(view)[1]) for index, view in enumerate(views)]
    calls += [(10, proxies(ended)[0]), (40, dialled), (50, dialled), (None, dialled), (1, virtual(99)), (1, "112")]
    return calls


def test_everybody_is_answered_as_alone(world: World, asked: list[Asked]) -> None:
    alone = [world.routing.route(call(*each)) for each in asked]
    assert answered_together(world, asked) == alone
    assert answered_together(world, asked[::-1]) == alone[::-1]
    assert len({decision.reason for decision in alone}) >= 4


def test_one_who_comes_alone_is_answered_likewise(world: World, asked: list[Asked]) -> None:
    for each in asked:
        assert answered_together(world, [each]) == [world.routing.route(call(*each))]


def test_whoever_comes_while_the_store_is_away_learns_so(
    world: World, asked: list[Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("the store is away")

    told: list[str] = []

    def task(dialled: str) -> None:
        try:
            world.routing.route(call(1, dialled))
        except StoreUnavailable as error:
            told.append(str(error))

    monkeypatch.setattr(world.store, "find_route", away)
    tasks: list[Callable[[], None]] = [partial(task, dialled) for _, dialled in asked]
    Together().run(tasks)
    assert told == ["the store is away"] * len(asked)
