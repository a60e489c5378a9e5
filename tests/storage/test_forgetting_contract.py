"""What is forgotten at once: ``SessionKeeping.forget_session`` and ``ReportStore.forget_reports``, on every backend."""

from masking_core.calls import Reason, call_reference
from masking_core.instants import SECOND
from masking_core.sealed import LookupKey
from masking_core.services.call_reports import ReportedCall
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery
from support.world import World, proxies


def test_an_ended_session_is_forgotten_at_once_with_its_routes_its_request_and_its_reports(world: World) -> None:
    world.pool()
    view = world.open(1, 2, request_id="r", reference="trip")
    session_id = view.session.session_id
    world.reports.keep(b"report", ReportedCall(reference=call_reference(session_id, "c1")))
    world.sessions.close(session_id)
    world.store.forget_session(session_id)
    assert world.store.get_session(session_id) is None
    assert world.store.find_request("r") is None
    for query in (SessionQuery(), SessionQuery(reference="trip"), SessionQuery(lookups=lookups(world, view))):
        assert world.sessions.list(query) == []
    assert world.call(1, proxies(view)[0]).reason is Reason.NO_SESSION
    assert world.store.reports_page(b"", 9) == []
    world.store.forget_session(session_id)
    assert world.open(1, 2, request_id="r").session.session_id != session_id


def test_a_session_that_runs_is_not_forgotten(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    world.store.forget_session(view.session.session_id)
    assert world.sessions.get(view.session.session_id) == view
    assert world.dials(1, proxies(view)[0])


def test_a_session_that_expired_can_be_forgotten_once_it_is_closed(world: World) -> None:
    world.pool(1)
    view = world.open(1, 2, time_to_live=SECOND)
    world.now += SECOND
    world.sessions.close(view.session.session_id)
    world.store.forget_session(view.session.session_id)
    assert world.store.get_session(view.session.session_id) is None
    assert world.number(0).load == 0


def test_a_later_session_on_the_same_pair_outlives_the_forgetting_of_an_earlier_one(world: World) -> None:
    world.pool(1, cool_off=0)
    first = world.open(1, 2)
    world.sessions.close(first.session.session_id)
    world.now += SECOND
    later = world.open(1, 2)
    world.store.forget_session(first.session.session_id)
    assert world.dials(1, proxies(later)[0])
    assert [each.session for each in world.sessions.list(SessionQuery(lookups=lookups(world, later)))] == [
        later.session
    ]


def test_reports_are_forgotten_by_their_digests_and_no_others(world: World) -> None:
    world.pool()
    session_id = world.open(1, 2).session.session_id
    for body, reference in ((b"of a session", call_reference(session_id, "c1")), (b"of none", ""), (b"other", "")):
        world.reports.keep(body, ReportedCall(reference=reference))
    gone = [*world.store.list_reports(session_id), world.store.list_reports("")[0]]
    left = [each.digest for each in world.store.reports_page(b"", 9) if each not in gone]
    for _ in range(2):
        world.store.forget_reports([each.digest for each in gone])
        assert [each.digest for each in world.store.reports_page(b"", 9)] == left
    assert world.store.list_reports(session_id) == []
    assert len(world.store.list_reports("")) == 1


def lookups(world: World, view: SessionView) -> tuple[LookupKey, ...]:
    return world.vault.lookups(view.numbers[0][0])
