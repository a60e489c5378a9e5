"""Processes that are killed while they count calls, several at once, on every backend that they share."""

import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from masking_core.calls import Reason
from masking_core.instants import HOUR, MINUTE, SECOND
from masking_core.limits import Admission, CallLimits, Purse, in_millionths, purse_name
from support.fraudsters import BILLED_SECONDS, call_until_killed, place, report, report_until_killed
from support.processes import drain, start
from support.racers import Site
from support.stores import SHARED
from support.world import POOL, World, proxies, real

LIVES, AT_ONCE, MOST_EVENTS = 8, 2, 16
LIMIT = 50
THROUGH = "ACTIVE_SESSION"
Told = tuple[str, str, Any]


@pytest.fixture(params=SHARED)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(request.param, tmp_path)


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    world = site.world()
    yield world
    world.store.close()


def killed(target: Callable[..., None], site: Site, dialled: str, callers: Sequence[str]) -> list[list[Told]]:
    """What processes told that did this, each until it was killed somewhere on its way; one list for each."""
    rng, told = random.Random(20261127), []
    for life in range(LIVES):
        started = [start(target, site, f"{life}-{each}", callers[each], dialled) for each in range(AT_ONCE)]
        for process, connection in started:
            heard = [connection.recv() for _ in range(rng.randrange(2, MOST_EVENTS))]
            process.kill()
            process.join()
            told.append(heard + drain(connection))
            connection.close()
    return told


def unanswered(told: list[list[Told]], begun: str) -> list[Told]:
    """What was begun last and not ended by those who were killed meanwhile."""
    return [life[-1] for life in told if life[-1][0] == begun]


def test_a_kill_lets_no_call_through_beyond_the_limit_and_takes_none_away_for_ever(site: Site, world: World) -> None:
    """The caller, the number and the pool lie in three places of a Cluster, and a kill may come between them."""
    limits = CallLimits(
        caller_calls_per_minute=LIMIT, number_calls_per_minute=LIMIT, pool_concurrent_calls=LIMIT, longest_call=HOUR
    )
    world.pool(1, limits=limits)
    callers = [real(1), real(2)]
    dialled, same = proxies(world.open(*callers))
    assert dialled == same
    told = killed(call_until_killed, site, dialled, callers)
    through = {call for life in told for kind, call, reason in life if (kind, reason) == ("answered", THROUGH)}
    assert 0 < len(through) <= LIMIT
    repeated = unanswered(told, "calling")
    assert repeated

    for _, call, caller in repeated:
        if place(world, caller, dialled, call) == THROUGH:
            through.add(call)
    through |= filled(world, callers, dialled, "rest")
    assert len(through) <= LIMIT
    # On Redis each of the dead may have left a call counted that was never put through.
    assert len(through) >= LIMIT - (len(repeated) if "redis" in site.url else 0)

    world.now += MINUTE
    assert filled(world, callers, dialled, "at once") == set()
    world.now += HOUR - MINUTE
    assert len(filled(world, callers, dialled, "anew")) == LIMIT


def filled(world: World, callers: Sequence[str], dialled: str, name: str) -> set[str]:
    """The calls that are put through until none is any more."""
    through: set[str] = set()
    for number in range(2 * LIMIT):
        call = f"{name}-{number}"
        if place(world, callers[number % 2], dialled, call) == THROUGH:
            through.add(call)
    return through


def test_a_budget_has_spent_what_calls_cost_to_the_unit_whoever_was_killed(site: Site, world: World) -> None:
    world.pool(1, limits=CallLimits(daily_budget=Decimal(10**9), pool_concurrent_calls=10_000, longest_call=HOUR))
    callers = [real(1), real(2)]
    dialled, _ = proxies(world.open(*callers))
    told = killed(report_until_killed, site, dialled, callers)
    for life in told:
        # Infobip sends a report again until it is acknowledged, and may after that.
        for _, call, price in life[-2:]:
            report(world, callers[int(call.split("-")[1])], dialled, call, price)
    prices = {call: price for life in told for _, call, price in life}
    spent = sum(prices.values()) * BILLED_SECONDS
    assert unanswered(told, "reporting")
    assert spent > 0
    assert would_refuse(world, spent) is Reason.BUDGET_SPENT
    assert would_refuse(world, spent + 1) is None


def would_refuse(world: World, budget: int) -> Reason | None:
    """Whether a budget would be spent by now."""
    purse = Purse(purse_name(POOL, world.now), in_millionths(Decimal(budget)))
    return world.store.would_refuse(Admission("one more", world.now, world.now + SECOND, (), purse))
