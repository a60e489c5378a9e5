"""Races between real processes, on every backend that several of them share."""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.calls import Reason
from masking_core.errors import AlreadyExists, Conflict, MaskingError, NumberInUse, SessionEnded
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR
from masking_core.pools import PoolPolicy
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import SessionQuery
from support.processes import race, start
from support.stores import SHARED, URLS
from support.world import POOL, World, proxies, real, virtual

PROCESSES = 6


class Site:
    """One store and one key file, which every process of a test opens for itself."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.url = URLS[backend](folder)
        self.keys = folder / "keys.toml"
        KeyFile.create(self.keys)

    def world(self, ids: str = "main") -> World:
        return World(open_store(self.url), FileVault(self.keys), ids=ids)


@pytest.fixture(params=SHARED)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(request.param, tmp_path)


def open_many(site: Site, name: str, times: int, reserve: bool) -> list[tuple[str, str]]:  # noqa: FBT001
    """Open sessions of one person with as many others, until the pool is exhausted."""
    world, opened = site.world(name), []
    for index in range(times):
        try:
            view = world.open(0, real(100 + int(name) * 100 + index), reserve_numbers=reserve)
        except PoolExhausted:
            break
        opened.append(proxies(view))
    return opened


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


def open_named(site: Site, name: str, request_id: str) -> str:
    return site.world(name).open(1, 2, request_id=request_id).session.session_id


def test_the_same_request_from_many_processes_opens_one_session(site: Site) -> None:
    world = site.world()
    world.pool(4)
    opened = race(open_named, [(site, str(index), "the-same") for index in range(PROCESSES)])
    assert len(set(opened)) == 1
    assert len(world.sessions.list(SessionQuery())) == 1


def extend_again_and_again(site: Site, session_id: str) -> None:
    world = site.world()
    try:
        for _ in range(200):
            world.sessions.update(SessionChange(session_id, time_to_live=HOUR))
    except (SessionEnded, Conflict):
        return


def close_once(site: Site, session_id: str) -> bool:
    world = site.world()
    world.sessions.close(session_id)
    view = world.sessions.get(session_id)
    dialled = proxies(view)
    return world.dials(1, dialled[0]) is None and world.dials(2, dialled[1]) is None


def test_a_closed_session_stays_closed_whoever_extends_it(site: Site) -> None:
    world = site.world()
    world.pool(4)
    view = world.open(1, 2)
    session_id = view.session.session_id
    race(_either, [("close", site, session_id), *[("extend", site, session_id)] * (PROCESSES - 1)])
    for caller, dialled in zip((1, 2), proxies(view), strict=True):
        assert world.call(caller, dialled).reason is Reason.ENDED_SESSION
    assert sum(world.number(index).load for index in range(4)) == 0


def _either(what: str, site: Site, session_id: str) -> None:
    if what == "close":
        assert close_once(site, session_id)
    else:
        extend_again_and_again(site, session_id)


def change_numbers(site: Site, session_id: str, side: int, first: int) -> bool:
    world = site.world()
    for index in range(10):
        world.sessions.update(SessionChange(session_id, participants={side: ParticipantChange((real(first + index),))}))
    return True


def test_both_participants_can_change_their_numbers_at_once(site: Site) -> None:
    world = site.world()
    world.pool(4)
    view = world.open(1, 2)
    session_id, (a, b) = view.session.session_id, proxies(view)
    assert all(race(_change_or_conflict, [(site, session_id, 0, 10), (site, session_id, 1, 30)]))
    numbers = [side[0].e164 for side in world.sessions.get(session_id).numbers]
    assert numbers == [real(19), real(39)]
    assert world.dials(numbers[0], a) == (numbers[1], b)
    assert world.dials(numbers[1], b) == (numbers[0], a)
    for old in (*range(10, 19), *range(30, 39)):
        assert world.dials(old, a) is None
        assert world.dials(old, b) is None


def _change_or_conflict(site: Site, session_id: str, side: int, first: int) -> bool:
    while True:
        try:
            return change_numbers(site, session_id, side, first)
        except Conflict:
            continue


def answer_on_demand(connection: Connection, site: Site, calls: Sequence[tuple[int, str]]) -> None:
    """A process of its own that says, whenever asked, how each call is answered."""
    world = site.world("reader")
    while connection.recv():
        connection.send([str(world.call(caller, dialled).reason) for caller, dialled in calls])


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


def migrate_and_check(url: str) -> bool:
    store = open_store(url)
    store.migrate()
    store.check()
    return True


def test_migrations_at_once_all_succeed(site: Site) -> None:
    assert all(race(migrate_and_check, [(site.url,)] * PROCESSES))


def add_to(site: Site, pool: str, numbers: Sequence[str]) -> str:
    try:
        site.world(pool).add(*numbers, pool=pool)
    except AlreadyExists:
        return ""
    return pool


def test_a_number_joins_one_pool_only(site: Site) -> None:
    world = site.world()
    pools = [f"pool-{index}" for index in range(PROCESSES)]
    for pool in pools:
        world.pools.create(pool, PoolPolicy())
    numbers = [virtual(index) for index in range(10)]
    winners = [pool for pool in race(add_to, [(site, pool, numbers) for pool in pools]) if pool]
    assert len(winners) == 1
    assert {world.pools.get_number(number).pool for number in numbers} == set(winners)


def become_ours_or_theirs(site: Site, what: str, index: int) -> str:
    world = site.world(f"{what}{index}")
    try:
        if what == "ours":
            world.add(real(index))
        else:
            world.open(index, 99)
    except NumberInUse:
        return ""
    except MaskingError as error:
        return "" if "virtual number" in str(error) else repr(error)
    return what


def test_a_real_number_is_never_a_virtual_number_too(site: Site) -> None:
    world = site.world()
    world.pool(20, cool_off=0)
    for index in range(1, 6):
        won = race(become_ours_or_theirs, [(site, "ours", index), (site, "theirs", index)])
        assert sorted(won) in (["", "ours"], ["", "theirs"])
    world.pools.get(POOL)
