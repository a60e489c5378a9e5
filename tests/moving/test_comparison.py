"""The proof at the end of a copy: it finds whatever is not the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from masking_core.moving import StoredSession
from masking_core.ports.moving import KINDS, Shelves
from masking_core.ports.store import Store
from masking_core.services.comparison import MOST_TOLD, Comparing
from moving.movers import BATCH, Place, copy, quiet
from support.scene import played
from support.world import START, World, real, virtual


def compared(source: Store, target: Store) -> list[tuple[str, str]]:
    comparison = Comparing(source, target, quiet, BATCH).run(keys=True)
    assert comparison.alike is not bool(comparison.differences)
    assert comparison.differing >= len(comparison.differences)
    return [(each.kind, each.problem) for each in comparison.differences]


@pytest.fixture
def pair(plain_source: Place, target: Place) -> tuple[Store, Store]:
    """A store and its copy."""
    world = World(plain_source.store)
    played(world)
    copy(plain_source.store, target.store, now=world.now)
    assert compared(plain_source.store, target.store) == []
    return plain_source.store, target.store


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_is_missing_is_found(pair: tuple[Store, Store], kind: str) -> None:
    source, target = pair
    gone = next(iter(target.shelves().of(kind).page("", 1)))
    if kind == "pools":
        target.shelves().pools.put(
            [replace(each, version=9) for each in target.shelves().pools.get([gone]).values()], START
        )
        assert (kind, "is not the same in the target") in compared(source, target)
        return
    target.shelves().of(kind).remove([gone])
    assert (kind, "is missing in the target") in compared(source, target)
    assert (kind, "is not in the source") in compared(target, source)


def _altered_webhooks(shelves: Shelves) -> None:
    (known,) = shelves.webhooks.page("", 1).values()
    shelves.webhooks.put([replace(known, seen=known.seen[:1])], START)


def _opened_lock(shelves: Shelves) -> None:
    (locked,) = shelves.numbers.get([virtual(8)]).values()
    shelves.numbers.put([replace(locked, tries=None)], START)


ALTERED: dict[str, Callable[[Shelves], None]] = {
    "numbers": lambda shelves: shelves.numbers.put(
        [replace(each, turn=each.turn + 1) for each in shelves.numbers.page("", 1).values()], START
    ),
    "sessions": lambda shelves: shelves.sessions.put(
        [
            replace(each, session=replace(each.session, labels={"a": "b"}))
            for each in shelves.sessions.page("", 1).values()
        ],
        START,
    ),
    "reports": lambda shelves: shelves.reports.put(
        [replace(each, receive_time=each.receive_time + 1) for each in shelves.reports.page("", 1).values()], START
    ),
    "calls": lambda shelves: shelves.calls.put(
        [replace(each, keep_until=each.keep_until + 1) for each in shelves.calls.page("", 1).values()], START
    ),
    "hours": lambda shelves: shelves.hours.put(
        [
            replace(each, hour=replace(each.hour, counted_version=each.hour.version))
            for each in shelves.hours.page("", 9).values()
        ],
        START,
    ),
    "webhooks": _altered_webhooks,
    "blocks": lambda shelves: shelves.blocks.put(
        [replace(each, note="other") for each in shelves.blocks.page("", 1).values()], START
    ),
}


@pytest.mark.parametrize("kind", ALTERED)
def test_a_record_that_was_altered_is_found(pair: tuple[Store, Store], kind: str) -> None:
    source, target = pair
    ALTERED[kind](target.shelves())
    assert (kind, "is not the same in the target") in compared(source, target)


def test_a_lock_that_was_opened_is_found(pair: tuple[Store, Store]) -> None:
    source, target = pair
    _opened_lock(target.shelves())
    assert compared(source, target) == [("numbers", "is not the same in the target")]
    assert target.is_locked(virtual(8), START) is False


def test_a_call_that_is_not_found_by_what_it_is_listed_by_is_told(pair: tuple[Store, Store]) -> None:
    source, target = pair
    call = target.get_call("dialled")
    assert call is not None
    target.shelves().calls.put([replace(call, callee=None, correlation_ids=())], START)
    problems = compared(source, target)
    for about in ("lists of calls", "names of calls"):
        assert ("calls", f"{about} are answered otherwise by the target") in problems


def test_a_route_that_leads_elsewhere_is_found(pair: tuple[Store, Store]) -> None:
    source, target = pair
    robbed = next(each for each in _sessions(target) if each.lost)
    target.shelves().sessions.put([replace(robbed, lost=())], START)
    problems = compared(source, target)
    assert ("sessions", "routes are answered otherwise by the target") in problems


def test_other_keys_are_found(pair: tuple[Store, Store]) -> None:
    source, target = pair
    target.set_keys(target.get_keys(), ())
    assert compared(source, target) == [("keys", "are not the same")]


def test_no_difference_names_a_real_number(pair: tuple[Store, Store]) -> None:
    source, target = pair
    sessions = target.shelves().sessions
    sessions.remove(list(sessions.page("", 100)))
    comparison = Comparing(source, target, quiet).run(keys=True)
    assert len(comparison.differences) <= MOST_TOLD
    told = repr(comparison)
    assert not any(real(person)[1:] in told for person in range(60))


def _sessions(store: Store) -> list[StoredSession]:
    return list(store.shelves().sessions.page("", 100).values())
