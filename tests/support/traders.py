"""Processes that open, close and report while their store dies and comes back, and keep at what was not answered."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from time import sleep
from typing import TypeVar

from adapters.deadline import limited_to
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.calls import call_reference
from masking_core.errors import NotFound, StoreUnavailable
from masking_core.exhaustion import PoolExhausted
from masking_core.services.call_reports import ReportedCall
from masking_core.sessions import SessionQuery, SessionState
from support.world import World, proxies

PEOPLE = 12
_PATIENCE = 2.0
_PAUSE = 0.02

T = TypeVar("T")
Event = tuple[str, ...]
"""What was acknowledged: ``opened`` with name and session, ``closed`` with the session, ``reported`` with both."""


def trade(connection: Connection, url: str, keys: Path, name: str, least: int) -> None:
    """Work until told to stop, then tell all that was acknowledged, ``least`` of each kind, and how often the store
    was away."""
    world = World(open_store(url), FileVault(keys), ids=name)
    rng, acknowledged, running = random.Random(name), list[Event](), list[str]()
    away: Counter[str] = Counter()

    def insisting(ask: Callable[[], T]) -> T:
        """Ask again until there is an answer, as a client does whose request is safe to repeat."""
        while True:
            try:
                with limited_to(_PATIENCE):
                    return ask()
            except StoreUnavailable as error:
                away[str(error)] += 1
                sleep(_PAUSE)

    connection.send("alive")
    for step in count():
        if connection.poll() and has_done(acknowledged, least):
            break
        step_name, choice = f"{name}-{step}", rng.random()
        if choice < 0.5 or not running:
            a, b = rng.sample(range(PEOPLE), 2)
            reserve = rng.random() < 0.2
            try:
                view = insisting(
                    lambda: world.open(a, b, request_id=step_name, reserve_numbers=reserve)  # noqa: B023 - asked at once
                )
            except PoolExhausted:
                continue
            running.append(view.session.session_id)
            acknowledged.append(("opened", step_name, running[-1]))
        elif choice < 0.8:
            session_id = running.pop(rng.randrange(len(running)))
            try:
                insisting(lambda: world.sessions.close(session_id))  # noqa: B023 - asked at once
            except NotFound:  # the store has lost it; whoever checks what was acknowledged finds out
                continue
            acknowledged.append(("closed", session_id))
        else:
            session_id = rng.choice(running)
            reference = call_reference(session_id, step_name)
            insisting(lambda: world.reports.keep(step_name.encode(), ReportedCall(reference=reference)))  # noqa: B023 - asked at once
            acknowledged.append(("reported", session_id, step_name))
    connection.send((acknowledged, dict(away)))
    world.store.close()


def has_done(acknowledged: Sequence[Event], least: int) -> bool:
    """Whether each kind of thing was acknowledged so often."""
    counts = Counter(event[0] for event in acknowledged)
    return min(counts[kind] for kind in ("opened", "closed", "reported")) >= least


def check_invariants(world: World, numbers: Sequence[str]) -> None:
    """I1, I2 and I3 over everything that runs, and the numbers' load."""
    active = world.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=10_000))
    loads: Counter[str] = Counter()
    for view in active:
        a, b = proxies(view)
        loads.update((a, b))
        assert world.dials(view.numbers[0][0].e164, a) == (view.numbers[1][0].e164, b)
        assert world.dials(view.numbers[1][0].e164, b) == (view.numbers[0][0].e164, a)
    for each in numbers:
        number = world.pools.get_number(each)
        users = [view for view in active if each in proxies(view)]
        assert number.load == loads[each]
        reserving = [view.session.session_id for view in users if view.session.reserved]
        assert number.reserved_by == "".join(reserving)
        assert not reserving or len(users) == 1


def check_acknowledged(world: World, events: Sequence[Event]) -> None:
    """I4, I5 and I6: all that was said is so, and once."""
    everything = world.sessions.list(SessionQuery(limit=100_000))
    requests = Counter(view.session.request_id for view in everything)
    views = {view.session.session_id: view for view in everything}
    for event in events:
        match event:
            case ("opened", name, session_id):
                assert views[session_id].session.request_id == name
                assert requests[name] == 1
            case ("closed", session_id):
                view = views[session_id]
                assert view.state is SessionState.CLOSED
                for numbers, proxy in zip(view.numbers, proxies(view), strict=True):
                    match_ = world.store.find_route(proxy, world.vault.lookups(numbers[0]))
                    assert match_ is not None
                    assert match_.route is not None
                    assert match_.route.session_id != session_id or match_.route.end_time <= world.now
            case ("reported", session_id, name):
                assert world.reports.of_session(session_id).count(name.encode()) == 1
