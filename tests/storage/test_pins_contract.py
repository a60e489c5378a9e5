"""The contract of ``PinGuard``, on every backend."""

import threading

from masking_core.instants import HOUR, MINUTE
from masking_core.pins import PinPolicy, PinTry
from support.world import World, virtual

POLICY = PinPolicy(tries=3, lock_after=5, lock_window=10 * MINUTE, lock_time=HOUR)


def test_a_call_has_its_tries_and_no_more(world: World) -> None:
    assert tries(world, "c1", "a", "b", "c", "d", "e") == [
        PinTry.GRANTED,
        PinTry.GRANTED,
        PinTry.LAST,
        PinTry.CALL_SPENT,
        PinTry.CALL_SPENT,
    ]


def test_the_same_try_again_is_granted_and_not_counted(world: World) -> None:
    assert tries(world, "c1", "a", "a", "b", "a", "c", "c", "d") == [
        PinTry.GRANTED,
        PinTry.GRANTED,
        PinTry.GRANTED,
        PinTry.GRANTED,
        PinTry.LAST,
        PinTry.LAST,
        PinTry.CALL_SPENT,
    ]


def test_a_number_is_locked_once_too_many_tries_failed_on_it_and_opens_again(world: World) -> None:
    assert tries(world, "c1", "a", "b", "c")[-1] is PinTry.LAST
    assert tries(world, "c2", "a", "b") == [PinTry.GRANTED, PinTry.GRANTED]
    assert not world.store.is_locked(virtual(0), world.now)
    assert tries(world, "c2", "c") == [PinTry.NUMBER_LOCKED]
    assert world.store.is_locked(virtual(0), world.now)
    assert tries(world, "c2", "a") == [PinTry.NUMBER_LOCKED]
    assert not world.store.is_locked(virtual(1), world.now)
    assert world.store.take_try(virtual(1), "c9", b"a", POLICY, world.now) is PinTry.GRANTED
    world.now += HOUR - 1
    assert tries(world, "c3", "a") == [PinTry.NUMBER_LOCKED]
    world.now += 1
    assert not world.store.is_locked(virtual(0), world.now)
    assert tries(world, "c4", "a", "b", "c")[0] is PinTry.GRANTED


def test_tries_that_were_long_ago_count_no_more(world: World) -> None:
    tries(world, "c1", "a", "b", "c")
    tries(world, "c2", "a", "b")
    world.now += 10 * MINUTE
    assert tries(world, "c3", "a", "b", "c") == [PinTry.GRANTED, PinTry.GRANTED, PinTry.LAST]
    assert not world.store.is_locked(virtual(0), world.now)


def test_a_try_that_was_right_does_not_count_on_the_number(world: World) -> None:
    for index in range(20):
        assert tries(world, f"c{index}", "a") == [PinTry.GRANTED]
        world.store.give_back_try(virtual(0), world.now)
    assert not world.store.is_locked(virtual(0), world.now)
    world.store.give_back_try(virtual(3), world.now)


def test_a_call_that_was_refused_takes_nothing_from_the_number(world: World) -> None:
    tries(world, "c1", *"abcdefghij")
    assert tries(world, "c2", "a", "b") == [PinTry.GRANTED, PinTry.GRANTED]


def test_all_at_once_get_no_more_than_the_limit(world: World) -> None:
    granted: list[PinTry] = []

    def attack(call: int) -> None:
        granted.extend(tries(world, f"c{call}", *(f"{call}-{index}" for index in range(6))))

    attackers = [threading.Thread(target=attack, args=(call,)) for call in range(8)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    assert sum(verdict in (PinTry.GRANTED, PinTry.LAST) for verdict in granted) == POLICY.lock_after
    assert world.store.is_locked(virtual(0), world.now)


def tries(world: World, call_id: str, *keys: str) -> list[PinTry]:
    return [world.store.take_try(virtual(0), call_id, key.encode(), POLICY, world.now) for key in keys]
