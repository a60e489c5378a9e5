"""SIGKILL at random moments: whatever was acknowledged holds, and nothing is left in half."""

import random
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.calls import call_reference
from masking_core.exhaustion import PoolExhausted
from masking_core.services.call_reports import ReportedCall
from masking_core.sessions import SessionQuery, SessionState
from support.crashing import live
from support.processes import drain, start
from support.stores import SHARED, URLS
from support.world import World, proxies

KILLS = 100
NUMBERS = 8
MOST_EVENTS = 16
LONGEST_AFTER = 0.01


@pytest.mark.parametrize("backend", SHARED)
def test_a_hundred_kills_leave_the_invariants_whole(backend: str, tmp_path: Path) -> None:
    url, keys = URLS[backend](tmp_path), tmp_path / "keys.toml"
    KeyFile.create(keys)
    world = World(open_store(url), FileVault(keys))
    world.pool(NUMBERS, cool_off=0)
    told: list[tuple[Any, ...]] = []
    rng = random.Random(20261123)
    for life in range(KILLS):
        process, connection = start(live, url, keys, life)
        assert connection.recv() == ("alive",)
        told += listen(connection, rng.randrange(MOST_EVENTS), rng.uniform(0, LONGEST_AFTER))
        process.kill()
        process.join()
        told += drain(connection)
        repeat_what_was_not_answered(world, told)
        close_some(world, rng)
        check(world, told)
    happened = Counter(event[0] for event in told)
    assert min(happened["opened"], happened["closed"], happened["reported"]) > KILLS // 5


def listen(connection: Connection, events: int, seconds: float) -> list[tuple[Any, ...]]:
    """So many events that the process tells, and what it tells in the moment after them."""
    told = [connection.recv() for _ in range(events)]
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        if connection.poll(left):
            told.append(connection.recv())
    return told


def repeat_what_was_not_answered(world: World, told: list[tuple[Any, ...]]) -> None:
    """I6: an opening that died before its answer has the effect of once when it is asked for again.

    A closing is asked for again so that nothing changes any more: a database may carry out what a dead client sent.
    """
    if told and told[-1][0] == "closing":
        world.sessions.close(told[-1][1])
    if not told or told[-1][0] != "opening":
        return
    _, name, a, b, reserve = told[-1]
    try:
        first = world.open(a, b, request_id=name, reserve_numbers=reserve)
    except PoolExhausted:
        return
    assert world.open(a, b, request_id=name, reserve_numbers=reserve) == first
    everything = world.sessions.list(SessionQuery(limit=10_000))
    assert [view.session.request_id for view in everything].count(name) == 1


def close_some(world: World, rng: random.Random) -> None:
    """Keep the pool from filling up with the sessions of the dead."""
    active = world.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000))
    for view in active:
        if rng.random() < 0.5:
            world.sessions.close(view.session.session_id)


def check(world: World, told: list[tuple[Any, ...]]) -> None:
    active = world.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000))
    loads: Counter[str] = Counter()
    for view in active:
        a, b = proxies(view)
        loads.update((a, b))
        # I1 and I2: each of its routes is there, and is its own.
        assert world.dials(view.numbers[0][0].e164, a) == (view.numbers[1][0].e164, b)
        assert world.dials(view.numbers[1][0].e164, b) == (view.numbers[0][0].e164, a)
    for index in range(NUMBERS):
        number = world.number(index)
        assert number.load == loads[number.number]
        users = [view for view in active if number.number in proxies(view)]
        # I3: a reserved number has one active session.
        if any(view.session.reserved for view in users):
            assert len(users) == 1
            assert number.reserved_by == users[0].session.session_id
        else:
            assert number.reserved_by == ""
    for event in told[-60:]:
        check_acknowledged(world, event)


def check_acknowledged(world: World, event: tuple[Any, ...]) -> None:
    """I4, I5 and I6, for one thing that was said before the process died."""
    match event:
        case ("opened", _, session_id):
            assert world.store.get_session(session_id) is not None
        case ("closed", session_id):
            view = world.sessions.get(session_id)
            assert view.state is SessionState.CLOSED
            for numbers, proxy in zip(view.numbers, proxies(view), strict=True):
                reached = world.store.find_route(proxy, world.vault.lookups(numbers[0]))
                assert reached is not None
                assert reached.route is not None
                assert reached.route.session_id != session_id or reached.route.end_time <= world.now
        case ("reported", session_id, name):
            assert world.reports.of_session(session_id).count(name.encode()) == 1
            world.reports.keep(name.encode(), ReportedCall(reference=call_reference(session_id, name)))
            assert world.reports.of_session(session_id).count(name.encode()) == 1
