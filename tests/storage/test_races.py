"""Races between real processes, on every backend that several of them share."""

from pathlib import Path

import pytest

from masking_core.calls import Reason
from masking_core.pools import PoolPolicy
from masking_core.sessions import SessionQuery
from support.processes import race, start
from support.racers import (
    Site,
    add_to,
    answer_on_demand,
    become_ours_or_theirs,
    change_or_conflict,
    either,
    migrate_and_check,
    open_many,
    open_named,
)
from support.stores import SHARED
from support.world import POOL, proxies, real, virtual

PROCESSES = 6


@pytest.fixture(params=SHARED)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(request.param, tmp_path)


def test_one_participant_never_gets_a_number_twice(site: Site) -> None:
    world = site.world()
    world.pool(20, cool_off=0)
    results = race(open_many, [(site, str(index), 10, False) for index in range(PROCESSES)])
    taken = [first for opened in results for first, _ in opened]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 20
    assert sum(world.number(index).load for index in range(20)) == 40


def test_a_reserved_number_never_gets_a_second_session(site: Site) -> None:
    world = site.world()
    world.pool(15, cool_off=0)
    results = race(open_many, [(site, str(index), 10, True) for index in range(PROCESSES)])
    sessions = [set(pair) for opened in results for pair in opened]
    taken = [number for numbers in sessions for number in numbers]
    assert len(taken) == len(set(taken))
    assert sum(1 for index in range(15) if world.number(index).reserved_by) == len(taken)


def test_the_same_request_from_many_processes_opens_one_session(site: Site) -> None:
    world = site.world()
    world.pool(4)
    opened = race(open_named, [(site, str(index), "the-same") for index in range(PROCESSES)])
    assert len(set(opened)) == 1
    assert len(world.sessions.list(SessionQuery())) == 1


def test_a_closed_session_stays_closed_whoever_extends_it(site: Site) -> None:
    world = site.world()
    world.pool(4)
    view = world.open(1, 2)
    session_id = view.session.session_id
    race(either, [("close", site, session_id), *[("extend", site, session_id)] * (PROCESSES - 1)])
    for caller, dialled in zip((1, 2), proxies(view), strict=True):
        assert world.call(caller, dialled).reason is Reason.ENDED_SESSION
    assert sum(world.number(index).load for index in range(4)) == 0


def test_both_participants_can_change_their_numbers_at_once(site: Site) -> None:
    world = site.world()
    world.pool(4)
    view = world.open(1, 2)
    session_id, (a, b) = view.session.session_id, proxies(view)
    assert all(race(change_or_conflict, [(site, session_id, 0, 10), (site, session_id, 1, 30)]))
    numbers = [side[0].e164 for side in world.sessions.get(session_id).numbers]
    assert numbers == [real(19), real(39)]
    assert world.dials(numbers[0], a) == (numbers[1], b)
    assert world.dials(numbers[1], b) == (numbers[0], a)
    for old in (*range(10, 19), *range(30, 39)):
        assert world.dials(old, a) is None
        assert world.dials(old, b) is None


def test_no_process_connects_a_call_once_the_close_was_acknowledged(site: Site) -> None:
    world = site.world()
    world.pool(4, cool_off=0)
    views = [world.open(1, 2) for _ in range(4)]
    calls = [call for view in views for call in zip((1, 2), proxies(view), strict=True)]
    readers = [start(answer_on_demand, site, calls) for _ in range(3)]
    for closed, view in enumerate(views, start=1):
        world.sessions.close(view.session.session_id)
        for _, connection in readers:
            connection.send(True)
        for _, connection in readers:
            answers = connection.recv()
            assert answers == ["ENDED_SESSION"] * 2 * closed + ["ACTIVE_SESSION"] * 2 * (4 - closed)
    for process, connection in readers:
        connection.send(False)
        process.join()


def test_migrations_at_once_all_succeed(site: Site) -> None:
    assert all(race(migrate_and_check, [(site.url,)] * PROCESSES))


def test_a_number_joins_one_pool_only(site: Site) -> None:
    world = site.world()
    pools = [f"pool-{index}" for index in range(PROCESSES)]
    for pool in pools:
        world.pools.create(pool, PoolPolicy())
    numbers = [virtual(index) for index in range(10)]
    winners = [pool for pool in race(add_to, [(site, pool, numbers) for pool in pools]) if pool]
    assert len(winners) == 1
    assert {world.pools.get_number(number).pool for number in numbers} == set(winners)


def test_a_real_number_is_never_a_virtual_number_too(site: Site) -> None:
    world = site.world()
    world.pool(20, cool_off=0)
    for index in range(1, 6):
        won = race(become_ours_or_theirs, [(site, "ours", index), (site, "theirs", index)])
        assert sorted(won) in (["", "ours"], ["", "theirs"])
    world.pools.get(POOL)
