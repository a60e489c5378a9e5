"""Toll fraud by several processes at once, on every backend that they can share."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from masking_core.instants import HOUR, MINUTE
from masking_core.limits import CallLimits
from masking_core.phone_number import RealNumber
from support.processes import race, start
from support.racers import Site, call_again_and_again, call_when_told
from support.stores import SHARED
from support.world import World, proxies, real

PROCESSES = 4
CALLS = 8


@pytest.fixture(params=SHARED)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(request.param, tmp_path)


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    world = site.world()
    yield world
    world.store.close()


def attack(site: Site, dialled: str, callers: Sequence[Sequence[str]]) -> Counter[str]:
    """Call from processes that begin at one moment, each as its callers; count the reasons of all answers."""
    attackers = [(site, f"p{index}", each, dialled, CALLS) for index, each in enumerate(callers)]
    return Counter(chain.from_iterable(race(call_again_and_again, attackers)))


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("caller_calls_per_minute", "CALLER_LIMIT"),
        ("caller_concurrent_calls", "CALLER_LIMIT"),
        ("calls_per_session", "SESSION_LIMIT"),
        ("number_calls_per_minute", "NUMBER_LIMIT"),
        ("pool_concurrent_calls", "POOL_LIMIT"),
    ],
)
def test_all_processes_together_get_no_more_calls_through_than_the_limit(
    site: Site, world: World, limit: str, reason: str
) -> None:
    limits: dict[str, Any] = {limit: 10}
    world.pool(2, limits=CallLimits(**limits, longest_call=HOUR))
    dialled, _ = proxies(world.open(1, 2))
    answered = attack(site, dialled, [[real(1)]] * PROCESSES)
    assert answered == {"ACTIVE_SESSION": 10, reason: PROCESSES * CALLS - 10}
    if limit != "calls_per_session":
        world.now += HOUR
        assert world.dials(1, dialled)


def test_callers_in_many_places_share_what_a_number_and_a_pool_allow(site: Site, world: World) -> None:
    """In a Cluster each of them, the number and the pool lie on another node."""
    limits = CallLimits(caller_calls_per_minute=5, number_calls_per_minute=13, pool_calls_per_minute=12)
    world.pool(1, limits=limits)
    callers = [real(10 + index) for index in range(PROCESSES)]
    dialled = {proxies(world.open(caller, real(50 + index)))[0] for index, caller in enumerate(callers)}
    (number,) = dialled
    answered = attack(site, number, [[caller] for caller in callers])
    # A call that meets another one which is refused elsewhere may be refused with it, and no more than allowed ever get
    # through: what such a moment leaves unused, the next call gets.
    assert answered["ACTIVE_SESSION"] <= limits.pool_calls_per_minute
    assert (
        answered["ACTIVE_SESSION"] + sum(count for reason, count in answered.items() if reason.endswith("_LIMIT"))
        == PROCESSES * CALLS
    )
    for index, caller in enumerate(callers):
        for call in range(5):
            answered[world.call(caller, number).reason] += bool(index + call + 1)
    assert answered["ACTIVE_SESSION"] == limits.pool_calls_per_minute
    world.now += MINUTE
    assert world.dials(callers[0], number)


def test_a_closed_session_and_a_blocked_number_are_refused_by_every_process_from_then_on(
    site: Site, world: World
) -> None:
    world.pool(2)
    view = world.open(1, 2)
    mine, _ = proxies(view)
    ended = [start(call_when_told, site, real(1), mine) for _ in range(3)]
    other, _ = proxies(world.open(3, 4))
    blocked = [start(call_when_told, site, real(3), other) for _ in range(3)]
    assert answers([*ended, *blocked], "before") == ["ACTIVE_SESSION"] * 6
    world.sessions.close(view.session.session_id)
    world.blocks.add(RealNumber(real(3)))
    assert answers([*ended, *blocked], "after") == ["ENDED_SESSION"] * 3 + ["CALLER_BLOCKED"] * 3
    for process, connection in (*ended, *blocked):
        connection.send(None)
        process.join()
        connection.close()


def answers(callers: Sequence[tuple[Any, Connection]], when: str) -> list[str]:
    """What each process answers to a call that all of them get at once."""
    for index, (_, connection) in enumerate(callers):
        connection.send(f"{when}-{index}")
    return [connection.recv() for _, connection in callers]
