"""Guessing PINs by several processes at once, on every backend that they can share."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest

from masking_core.calls import IncomingCall, Reason
from masking_core.instants import HOUR, MINUTE
from masking_core.pins import PinPolicy
from masking_core.pools import Treatment
from masking_core.services.sessions import SessionView
from support.processes import race
from support.racers import Site, guess_pins
from support.stores import SHARED
from support.world import World, proxies, virtual

PROCESSES = 4
GUESSES = 20
TRIES, LOCK_AFTER = 3, 30
POLICY = PinPolicy(length=4, tries=TRIES, lock_after=LOCK_AFTER, lock_window=10 * MINUTE, lock_time=HOUR)


@pytest.fixture(params=SHARED)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(request.param, tmp_path)


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    world = site.world()
    yield world
    world.store.close()


def wrong_pins(view: SessionView) -> list[str]:
    """PINs that nobody has."""
    return [pin for pin in (f"{number:04}" for number in range(10_000)) if pin not in view.pins]


def attack(site: Site, dialled: str, calls: Sequence[str], guesses: Sequence[str]) -> Counter[str]:
    """Split the guesses among processes that begin at one moment, and count the reasons of all answers."""
    parts = [(calls[index::PROCESSES], guesses[index::PROCESSES]) for index in range(PROCESSES)]
    answers = race(guess_pins, [(site, str(index), dialled, *part) for index, part in enumerate(parts)])
    return Counter(chain.from_iterable(answers))


def typed(world: World, dialled: str, call: str, digits: str) -> Reason:
    return world.routing.route(IncomingCall(dialled, None, call, digits=digits)).reason


def test_all_processes_together_get_no_more_tries_on_a_number_than_the_limit(site: Site, world: World) -> None:
    world.pool(2, on_no_session=Treatment.ASK_PIN, pins=POLICY)
    view = world.open(1, 2, wanted=(virtual(0), virtual(1)))
    dialled, other = proxies(view)
    guesses = wrong_pins(view)[: PROCESSES * GUESSES]
    answered = attack(site, dialled, [f"call-{index}" for index in range(len(guesses))], guesses)
    assert answered == {"PIN_WRONG": LOCK_AFTER, "PIN_LOCKED": len(guesses) - LOCK_AFTER}
    assert typed(world, dialled, "late", view.pins[0]) is Reason.PIN_LOCKED
    assert typed(world, other, "theirs", view.pins[1]) is Reason.PIN_ACCEPTED
    assert world.dials(1, dialled)
    world.now += HOUR
    assert typed(world, dialled, "later", view.pins[0]) is Reason.PIN_ACCEPTED


def test_all_processes_together_get_no_more_tries_in_a_call_than_the_limit(site: Site, world: World) -> None:
    world.pool(1, on_no_session=Treatment.ASK_PIN, pins=POLICY)
    view = world.open(1, 2)
    dialled = proxies(view)[0]
    guesses = wrong_pins(view)[: PROCESSES * 4]
    answered = attack(site, dialled, ["one-call"] * len(guesses), guesses)
    # The last try that a call has is refused, and so is every one after it.
    assert answered == {"PIN_WRONG": TRIES - 1, "PIN_REFUSED": len(guesses) - TRIES + 1}
    assert typed(world, dialled, "one-call", view.pins[0]) is Reason.PIN_REFUSED
    assert typed(world, dialled, "another-call", view.pins[0]) is Reason.PIN_ACCEPTED
