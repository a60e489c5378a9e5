"""Copying from every backend into every backend: whatever a later answer depends on comes over."""

from dataclasses import replace

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.calls import Reason, call_reference
from masking_core.errors import CopyRefused, KeysChanged, StoreUnavailable
from masking_core.instants import HOUR
from masking_core.moving import CopyMark
from masking_core.pools import PoolPolicy
from masking_core.ports.moving import KINDS
from masking_core.services.call_reports import CallReports, ReportedCall
from masking_core.services.comparison import Comparing
from masking_core.services.key_rotation import fit_keys
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential
from masking_core.webhooks import CredentialRecord
from moving.movers import Killed, Place, copy, dying_at, quiet
from support.callers import decided, record
from support.scene import REPORT, answers, call_again, contents, lived_on, played
from support.world import POOL, World, real, virtual


def test_everything_comes_over_and_both_stores_live_on_alike(source: Place, target: Place) -> None:
    world = World(source.store)
    played(world)
    before = contents(source.store)
    copied = copy(source.store, target.store, now=world.now)
    assert (copied.comparison.differences, copied.comparison.alike) == ((), True)
    assert copied.written == {kind: len(before[kind]) for kind in KINDS}
    assert contents(source.store) == before
    store = target.reopened()
    assert contents(store) == before
    assert store.get_keys() == source.store.get_keys()
    here, there = (World(each, world.vault, world.now, "later") for each in (source.store, store))
    told = answers(there)
    assert told == answers(here)
    assert {decision.reason for decision in told["pins"]} >= {Reason.PIN_ACCEPTED, Reason.PIN_LOCKED}
    assert lived_on(there) == lived_on(here)


def test_the_target_accepts_the_webhooks_that_the_source_does(source: Place, target: Place) -> None:
    world = World(source.store)
    played(world)
    old, new = Credential("old-id", "old-key"), Credential("new-id", "new-key")
    here = WebhookCredentials(source.store, world.vault)
    here.change(lambda record: record.accepting([old]))
    copy(source.store, target.store, now=world.now)
    here.change(lambda _: CredentialRecord((new,), (old,)))
    assert not Comparing(source.store, target.store, quiet).run(keys=True).alike
    copy(source.store, target.store, now=world.now)
    assert WebhookCredentials(target.reopened(), world.vault).load() == CredentialRecord((new,), (old,))
    assert Comparing(source.store, target.store, quiet).run(keys=True).alike


def bring_changes_and_removals(source: Place, target: Place) -> None:
    world = World(source.store)
    scene = played(world)
    record(world, decided(world, "soon forgotten", world.now, keep_until=world.now + HOUR))
    copy(source.store, target.store, now=world.now)
    world.sessions.close(scene.active)
    world.open(9, 10, request_id="new")
    world.reports.keep(b"new", ReportedCall(reference=call_reference(scene.changed, "c")))
    call_again(world)
    world.pools.update(POOL, lambda policy: replace(policy, retention=HOUR, cool_off=0))
    world.pools.drain_numbers([virtual(index) for index in range(8)])
    world.now += 2 * HOUR
    world.housekeeping.sweep()
    copied = copy(source.store, target.store, now=world.now)
    assert copied.comparison.differences == ()
    assert min(copied.removed[kind] for kind in ("numbers", "sessions", "reports", "calls")) > 0
    assert 0 < copied.written["hours"] < len(contents(source.store)["hours"])
    assert 0 < copied.written["sessions"] < len(contents(source.store)["sessions"])
    assert contents(target.store) == contents(source.store)
    here, there = (World(each, world.vault, world.now, "later") for each in (source.store, target.store))
    assert answers(there) == answers(here)


def test_a_second_copy_brings_changes_and_removals_from_every_backend(source: Place, plain_target: Place) -> None:
    bring_changes_and_removals(source, plain_target)


def test_a_second_copy_brings_changes_and_removals_into_every_backend(plain_source: Place, target: Place) -> None:
    bring_changes_and_removals(plain_source, target)


def test_a_copy_of_what_has_not_changed_writes_nothing(plain_source: Place, target: Place) -> None:
    world = World(plain_source.store)
    played(world)
    copy(plain_source.store, target.store, now=world.now)
    again = copy(plain_source.store, target.store, now=world.now)
    assert set(again.written.values()) == set(again.removed.values()) == {0}
    assert again.comparison.alike


def test_a_copy_that_was_killed_at_any_page_ends_the_same_when_it_is_run_again(
    plain_source: Place, target: Place
) -> None:
    world = World(plain_source.store)
    played(world)
    wanted = contents(plain_source.store)
    pages, finished = 0, False
    while not finished:
        try:
            finished = copy(plain_source.store, target.store, dying_at(pages), world.now, batch=4).comparison.alike
        except Killed:
            pages += 1
            with pytest.raises(StoreUnavailable, match="unfinished copy"):
                fit_keys(target.store, world.vault)
            assert target.store.get_keys() == ()
    assert pages > 2 * sum(len(records) for records in wanted.values()) // 3
    assert contents(target.store) == wanted
    fit_keys(target.store, world.vault)


@pytest.mark.parametrize("page", range(0, 12, 3))
def test_a_new_target_whose_first_copy_was_killed_is_completed(plain_source: Place, target: Place, page: int) -> None:
    world = World(plain_source.store)
    played(world)
    with pytest.raises(Killed):
        copy(plain_source.store, target.store, dying_at(page), world.now)
    world.now += HOUR
    world.housekeeping.sweep()
    assert copy(plain_source.store, target.store, now=world.now).comparison.differences == ()
    assert contents(target.store) == contents(plain_source.store)


def test_two_keys_in_the_midst_of_a_rotation_come_over(plain_source: Place, target: Place) -> None:
    world = World(plain_source.store, RingVault.of(Key.new(2), Key.new(1)))
    played(world)
    assert copy(plain_source.store, target.store, now=world.now).comparison.alike
    assert target.store.get_keys() == world.vault.checks()
    there = World(target.store, world.vault, world.now, "later")
    assert answers(there) == answers(World(plain_source.store, world.vault, world.now, "later"))


def test_a_source_in_use_is_copied_by_a_second_run(source: Place, plain_target: Place) -> None:
    world = World(source.store)
    played(world)
    opened = iter(range(100, 130))

    def busy(what: str, done: int, total: int) -> None:
        """Between any two pages a pool, a number, a session and a report come, for a while."""
        del what, done, total
        person = next(opened, None)
        if person is not None:
            world.pool(1, f"pool-{person}", first=person)
            view = world.open(person, person + 100, pool=f"pool-{person}")
            world.reports.keep(b"%d" % person, ReportedCall(reference=call_reference(view.session.session_id, "c")))

    assert not copy(source.store, plain_target.store, busy, world.now).comparison.alike
    with pytest.raises(StoreUnavailable, match="unfinished copy"):
        fit_keys(plain_target.store, world.vault)
    assert copy(source.store, plain_target.store, now=world.now).comparison.differences == ()
    assert contents(plain_target.store) == contents(source.store)


def test_a_target_that_is_not_empty_is_left_alone_and_said_to_be_full(plain_source: Place, target: Place) -> None:
    world = World(plain_source.store)
    played(world)
    other = World(target.store)
    other.pool(3)
    other.open(1, 2)
    before = contents(target.store)
    with pytest.raises(CopyRefused, match=r"holds 1 pools, 3 numbers, 1 sessions, the keys"):
        copy(plain_source.store, target.store)
    assert contents(target.store) == before
    assert target.store.copy_mark() is None
    assert other.open(3, 4).numbers


def test_a_target_that_a_server_has_started_on_is_refused_though_it_holds_nothing(
    plain_source: Place, target: Place
) -> None:
    World(plain_source.store)
    fit_keys(target.store, RingVault.random())
    with pytest.raises(CopyRefused, match="the keys of servers"):
        copy(plain_source.store, target.store)


def test_a_copy_that_was_taken_into_use_takes_no_further_one(plain_source: Place, target: Place) -> None:
    world = World(plain_source.store)
    played(world)
    copy(plain_source.store, target.store, now=world.now)
    there = World(target.store, world.vault, world.now, "later")
    view = there.open(9, 10)
    with pytest.raises(CopyRefused, match="not empty"):
        copy(plain_source.store, target.store, now=world.now)
    assert there.sessions.get(view.session.session_id) == view


def test_an_unfinished_copy_takes_no_writer(plain_source: Place, target: Place) -> None:
    world = World(plain_source.store)
    played(world)
    with pytest.raises(Killed):
        copy(plain_source.store, target.store, dying_at(9), world.now)
    with pytest.raises(KeysChanged):
        CallReports(target.store, world.vault, world.clock).keep(REPORT, ReportedCall())


def test_a_part_of_a_copy_from_elsewhere_is_refused(plain_source: Place, target: Place) -> None:
    world = World(plain_source.store)
    world.pool()
    target.store.set_copy_mark(None, CopyMark("another store", finished=False))
    with pytest.raises(CopyRefused, match="copy of another store"):
        copy(plain_source.store, target.store)


def test_a_source_that_is_an_unfinished_copy_is_refused(plain_source: Place, target: Place) -> None:
    plain_source.store.set_copy_mark(None, CopyMark("another store", finished=False))
    with pytest.raises(CopyRefused, match="unfinished copy itself"):
        copy(plain_source.store, target.store)


def test_a_store_is_not_copied_into_itself(target: Place) -> None:
    World(target.store).pool()
    before = contents(target.store)
    with pytest.raises(CopyRefused, match="same store"):
        copy(target.store, target.opened_again())
    assert contents(target.store) == before


def test_a_store_without_anything_can_be_copied(plain_source: Place, target: Place) -> None:
    assert copy(plain_source.store, target.store).comparison.alike
    world = World(target.store)
    world.pools.create(POOL, PoolPolicy())
    world.add(virtual(1), virtual(2))
    assert world.open(1, real(2)).numbers
