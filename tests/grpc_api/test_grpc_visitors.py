"""Who is let in: with a key, with a certificate's name, without either, and until when."""

from collections.abc import Callable, Sequence
from typing import Final

import pytest

from adapters.grpc_server.visitors import REFRESH, Visitors
from grpc_api.keyed import made
from grpc_api.switched_store import SwitchedStore
from masking_core.access import Scope, Visitor
from masking_core.errors import StoreNotReady, StoreUnavailable, Unauthenticated
from masking_core.instants import HOUR
from masking_core.sealed import Sealed
from masking_core.services.api_keys import KeyRequest
from support.world import START, World

NAME: Final = "spiffe://example.org/billing"


class CountingStore(SwitchedStore):
    """Counts how often the keys are read, and fails with the others."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def get_record(self, name: str) -> Sealed | None:
        self._pass()
        self.reads += 1
        return super().get_record(name)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


class Desk:
    """Visitors at a time that the test sets."""

    def __init__(self, world: World, keyless: str = "") -> None:
        self.seconds = 100.0
        self.visitors = Visitors(world.api_keys, world.clock, keyless, lambda: self.seconds)

    def who(self, *tokens: str, names: Sequence[str] = ()) -> str:
        """Who comes with these headers, or ``nobody``."""
        try:
            return self.visitor(*tokens, names=names).who.partition(" ")[0]
        except Unauthenticated:
            return "nobody"

    def visitor(self, *tokens: str, names: Sequence[str] = ()) -> Visitor:
        return self.visitors.identify([f"Bearer {token}" for token in tokens], lambda: names)


def test_a_key_lets_in_and_whatever_is_not_quite_one_does_not(world: World) -> None:
    token, other = made(world, Scope.CALLS_READ), made(world, Scope.CALLS_READ)
    desk = Desk(world)
    assert desk.who(token) == "key"
    mixed = token[:16] + other[16:]
    for wrong in ("", "x", token[:-1], f"{token}x", mixed, "mk_000000000000_" + token[16:]):
        assert desk.who(wrong) == "nobody"
    assert desk.who(token, token) == "nobody"
    assert desk.visitors.identify([f"bearer {token}"], tuple).key is not None
    for header in (token, f"Basic {token}", f"Bearer  {token}"):
        with pytest.raises(Unauthenticated, match="not one that is in force"):
            desk.visitors.identify([header], tuple)
    with pytest.raises(Unauthenticated, match="is needed"):
        desk.visitors.identify([], tuple)


def test_a_key_that_is_over_lets_nobody_in(world: World) -> None:
    made_key = world.api_keys.create(KeyRequest("billing", [Scope.CALLS_READ], expire_time=START + HOUR))
    desk = Desk(world)
    visitor = desk.visitor(made_key.token)
    assert desk.visitors.may_stay(visitor)
    world.now += HOUR
    assert (desk.who(made_key.token), desk.visitors.may_stay(visitor)) == ("nobody", False)


def test_a_revoked_key_lets_nobody_in_after_the_next_look(world: World) -> None:
    made_key = world.api_keys.create(KeyRequest("billing", [Scope.CALLS_READ]))
    desk = Desk(world)
    visitor = desk.visitor(made_key.token)
    world.api_keys.revoke(made_key.key.key_id)
    desk.visitors.look()
    assert (desk.who(made_key.token), desk.visitors.may_stay(visitor)) == ("nobody", False)


def test_a_certificate_stands_for_its_key_unless_another_is_sent(world: World) -> None:
    made(world, Scope.CALLS_READ, identity=NAME)
    token = made(world, Scope.CALLS_READ)
    desk = Desk(world)
    assert desk.who(names=["x", NAME]) == "certificate"
    assert desk.who(token, names=[NAME]) == "key"
    assert desk.who("mk_wrong", names=[NAME]) == "nobody"
    assert desk.who(names=["x"]) == "nobody"
    assert desk.who(names=[""]) == "nobody"


@pytest.mark.parametrize(
    ("keyless", "before", "after"), [("local", "local", "nobody"), ("anyone",) * 3, ("", *["nobody"] * 2)]
)
def test_who_has_no_key_comes_in_where_none_is_asked_for(world: World, keyless: str, before: str, after: str) -> None:
    desk = Desk(world, keyless)
    assert desk.who() == before
    stays = Visitor(keyless)
    made_key = world.api_keys.create(KeyRequest("billing", [Scope.CALLS_READ]))
    desk.visitors.look()
    assert (desk.who(), desk.who("mk_wrong"), desk.who(made_key.token)) == (after, "nobody", "key")
    assert desk.visitors.may_stay(stays) is (keyless == "anyone")
    world.api_keys.revoke(made_key.key.key_id)
    desk.visitors.look()
    assert desk.who() == after


def test_an_unknown_caller_has_the_keys_read_once_a_second_at_most(world: World, store: CountingStore) -> None:
    known, desk = made(world, Scope.CALLS_READ), Desk(world)
    desk.visitors.look()
    before = store.reads
    assert [desk.who(token) for token in (known, "mk_wrong", known, "mk_wrong")] == ["key", "nobody"] * 2
    newer = made(world, Scope.CALLS_READ)
    reads = store.reads
    assert desk.who(newer) == "nobody"
    assert (store.reads, before > 0) == (reads, True)
    desk.seconds += REFRESH
    assert [desk.who(newer), desk.who("mk_wrong"), desk.who("mk_wrong")] == ["key", "nobody", "nobody"]
    assert store.reads == reads + 1


@pytest.mark.parametrize("problem", [StoreUnavailable("away"), StoreNotReady("migrate")])
def test_while_the_store_is_away_what_was_read_last_counts(
    world: World, store: CountingStore, problem: Exception
) -> None:
    token, desk = made(world, Scope.CALLS_READ), Desk(world)
    store.problem = problem
    for ask in (desk.visitors.look, lambda: desk.visitor(token), desk.visitor):
        with pytest.raises(type(problem)):
            ask()
    store.problem = None
    desk.visitors.look()
    store.problem = problem
    with pytest.raises(type(problem)):
        desk.visitors.look()
    assert desk.who(token) == "key"
    with pytest.raises(type(problem)):
        desk.visitor("mk_wrong")


def test_a_table_that_somebody_made_up_counts_for_nothing(world: World, store: CountingStore) -> None:
    token, desk = made(world, Scope.CALLS_READ), Desk(world)
    desk.visitors.look()
    store._tables.records["api-keys"] = Sealed(b"made up")
    failing: list[Callable[[], object]] = [desk.visitors.look, lambda: Desk(world).visitor(token)]
    for ask in failing:
        with pytest.raises(Exception, match="seal"):
            ask()
    assert desk.who(token) == "key"


def test_requests_that_are_refused_are_told_to_the_log_once_a_look(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(world)
    for _ in range(3):
        desk.who("mk_wrong")
    desk.visitors.look()
    desk.visitors.look()
    assert [record.getMessage() for record in caplog.records] == ["refused without a key that is in force: 3 requests"]
