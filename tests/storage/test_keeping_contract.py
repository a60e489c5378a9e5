"""The contract of ``ReportStore``, ``SessionKeeping`` and ``KeyStore``, on every backend."""

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.calls import Reason, call_reference
from masking_core.errors import Conflict, KeysChanged, StoreNotReady
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.ports.keys import KeyCheck
from masking_core.services.call_reports import CallReports, ReportedCall
from masking_core.services.key_rotation import fit_keys
from masking_core.sessions import SessionQuery
from support.world import POOL, World, proxies, virtual

BODY = b'{"action":"dial","from":"447700900001","status":"answered"}'


def test_reports_are_kept_with_their_session_in_the_order_they_came(world: World) -> None:
    world.pool()
    session_id = world.open(1, 2).session.session_id
    world.reports.keep(BODY, ReportedCall(reference=call_reference(session_id, "c1")))
    world.now += SECOND
    world.reports.keep(b"{}", ReportedCall(reference=call_reference(session_id, "c2")))
    world.reports.keep(b"[]", ReportedCall())
    assert world.reports.of_session(session_id) == [BODY, b"{}"]
    assert world.reports.of_session("") == [b"[]"]


def test_the_same_report_again_is_kept_once(world: World) -> None:
    for _ in range(2):
        world.reports.keep(BODY, ReportedCall())
    assert world.reports.of_session("") == [BODY]


def test_a_report_of_a_writer_with_another_key_ring_is_refused(world: World) -> None:
    stranger = CallReports(world.store, RingVault.of(Key.new(1)), world.clock)
    with pytest.raises(KeysChanged):
        stranger.keep(BODY, ReportedCall())
    assert world.reports.of_session("") == []


def test_reports_are_paged_by_digest(world: World) -> None:
    for index in range(5):
        world.reports.keep(b"%d" % index, ReportedCall())
    first = world.store.reports_page(b"", 3)
    second = world.store.reports_page(first[-1].digest, 3)
    digests = [report.digest for report in (*first, *second)]
    assert digests == sorted(digests)
    assert len(digests) == 5


def test_sweeping_forgets_what_is_past_its_retention_and_nothing_else(world: World) -> None:
    world.pool(4, retention=2 * HOUR, cool_off=HOUR)
    old = world.open(1, 2, expire_time=world.now + HOUR)
    running = world.open(3, 4)
    world.reports.keep(BODY, ReportedCall(reference=call_reference(old.session.session_id, "c")))
    world.now += 3 * HOUR - 1
    world.housekeeping.sweep()
    assert world.call(1, proxies(old)[0]).reason is Reason.ENDED_SESSION
    world.now += 1
    world.housekeeping.sweep()
    assert world.store.get_session(old.session.session_id) is None
    assert world.call(1, proxies(old)[0]).reason is Reason.NO_SESSION
    assert world.reports.of_session(old.session.session_id) == []
    assert world.dials(3, proxies(running)[0])
    assert world.housekeeping.sweep() == 0


def test_a_forgotten_session_leaves_a_later_one_on_the_same_pair_alone(world: World) -> None:
    world.pool(1, retention=HOUR, cool_off=0)
    old = world.open(1, 2)
    world.sessions.close(old.session.session_id)
    world.now += SECOND
    later = world.open(1, 2)
    world.now += HOUR
    world.housekeeping.sweep()
    assert world.store.get_session(old.session.session_id) is None
    assert world.dials(1, proxies(later)[0])
    lookups = world.vault.lookups(later.numbers[0][0])
    assert [each.session.session_id for each in world.sessions.list(SessionQuery(lookups=lookups))] == [
        later.session.session_id
    ]


def test_a_drained_number_leaves_when_its_last_remembered_route_is_gone(world: World) -> None:
    world.pool(2, retention=HOUR, cool_off=0)
    view = world.open(1, 2, wanted=(virtual(0), virtual(0)))
    world.pools.drain_numbers([virtual(0)])
    world.housekeeping.sweep()
    assert world.store.get_number(virtual(0))
    world.sessions.close(view.session.session_id)
    world.housekeeping.sweep()
    assert world.store.get_number(virtual(0))
    world.now += HOUR
    world.housekeeping.sweep()
    assert world.store.get_number(virtual(0)) is None
    assert world.call(1, virtual(0)).reason is Reason.UNKNOWN_NUMBER
    assert world.store.get_number(virtual(1))


def test_reports_without_a_session_are_forgotten_in_the_end(world: World) -> None:
    world.reports.keep(BODY, ReportedCall())
    world.reports.keep(b"[]", ReportedCall(reference=call_reference("never-was", "c")))
    world.now += 30 * DAY - 1
    assert world.housekeeping.sweep() == 0
    world.now += 1
    assert world.housekeeping.sweep() == 2
    assert world.store.reports_page(b"", 9) == []


def test_a_report_stays_as_long_as_its_session_is_remembered(world: World) -> None:
    world.pool(2, retention=100 * DAY)
    session_id = world.open(1, 2).session.session_id
    world.reports.keep(BODY, ReportedCall(reference=call_reference(session_id, "c")))
    world.sessions.close(session_id)
    for _ in range(3):
        world.now += 31 * DAY
        world.housekeeping.sweep()
        assert world.housekeeping.sweep() == 0
        assert world.reports.of_session(session_id) == [BODY]
    world.now += 31 * DAY
    world.housekeeping.sweep()
    assert world.store.reports_page(b"", 9) == []


def test_sweeping_takes_no_more_steps_than_it_may(world: World) -> None:
    world.pool(1, retention=HOUR, cool_off=0)
    for index in range(6):
        world.open(2 * index, 2 * index + 1, time_to_live=SECOND)
    world.now += SECOND
    assert world.store.sweep(world.now, 4) == 4
    assert world.store.sweep(world.now, 4) == 2
    world.now += HOUR
    assert world.store.sweep(world.now, 4) == 4
    assert world.store.sweep(world.now, 4) == 2
    assert world.store.sweep(world.now, 4) == 0


def test_a_store_remembers_its_keys_and_refuses_another_ring(world: World) -> None:
    with pytest.raises(StoreNotReady, match="lacks key"):
        fit_keys(world.store, RingVault.of(Key.new(1)))
    fit_keys(world.store, world.vault)
    assert world.store.get_keys() == world.vault.checks()


def test_keys_change_only_from_what_they_are(world: World) -> None:
    before = world.store.get_keys()
    after = (KeyCheck("00000001", "x"), *before)
    world.store.set_keys(before, after)
    assert world.store.get_keys() == after
    with pytest.raises(Conflict):
        world.store.set_keys(before, ())


def test_migrating_twice_changes_nothing(world: World) -> None:
    world.pool(1)
    assert world.store.migrate() == ()
    world.pools.get(POOL)
    world.store.check()
