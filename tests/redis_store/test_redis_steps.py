"""A process dies between any two steps of what it does: nothing is left in half, and nothing for ever."""

from collections.abc import Iterator

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.calls import call_reference
from masking_core.errors import NotFound
from masking_core.instants import HOUR, SECOND
from masking_core.keys import rekeyed
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery, SessionState
from support.redis_scene import NUMBERS, Scene, at_every_step
from support.redis_servers import Server
from support.world import proxies, real, virtual


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(append_only=False).start()
    yield server
    server.remove()


def open_named(scene: Scene, _: object = None) -> SessionView:
    return scene.mortal.open((real(1), real(11)), 2, request_id="named", reference="trip", reserve_numbers=True)


def nothing(scene: Scene) -> None:
    del scene


def test_a_death_at_any_step_of_opening_opens_the_session_or_does_not(server: Server) -> None:
    def after(scene: Scene, _: object) -> None:
        opened = scene.next.sessions.list(SessionQuery(limit=1000))
        again = scene.next.open((real(1), real(11)), 2, request_id="named", reference="trip", reserve_numbers=True)
        assert [each.session for each in opened] in ([], [again.session])
        assert len(scene.next.sessions.list(SessionQuery(limit=1000))) == 1
        assert [each.session for each in scene.next.sessions.list(SessionQuery(reference="trip"))] == [again.session]

    at_every_step(server, nothing, open_named, after)


def test_a_death_while_opening_leaves_no_number_lost_to_others(server: Server) -> None:
    def after(scene: Scene, _: object) -> None:
        for view in scene.next.sessions.list(SessionQuery(limit=1000)):
            scene.next.sessions.close(view.session.session_id)
        for index in range(NUMBERS):
            scene.next.open(1, 20 + index, wanted=(virtual(index), virtual(index)), reserve_numbers=True)

    at_every_step(server, nothing, open_named, after)


def test_a_death_at_any_step_of_closing_leaves_it_to_be_closed(server: Server) -> None:
    def close(scene: Scene, view: SessionView) -> None:
        scene.mortal.sessions.close(view.session.session_id)

    def after(scene: Scene, view: SessionView) -> None:
        closed = scene.next.sessions.close(view.session.session_id)
        assert closed.state is SessionState.CLOSED
        for numbers, dialled in zip(view.numbers, proxies(view), strict=True):
            for number in numbers:
                assert scene.next.dials(number.e164, dialled) is None

    at_every_step(server, open_named, close, after)


def test_a_death_at_any_step_of_a_change_leaves_the_session_as_it_was_or_as_it_shall_be(server: Server) -> None:
    def prepare(scene: Scene) -> SessionView:
        scene.mortal.open(7, 8, wanted=(virtual(0), virtual(1)))
        return scene.mortal.open(1, 2, wanted=(virtual(0), virtual(2)))

    def change(scene: Scene, view: SessionView) -> None:
        scene.mortal.sessions.update(
            SessionChange(view.session.session_id, participants={0: ParticipantChange((real(7), real(9)))})
        )

    def after(scene: Scene, view: SessionView) -> None:
        now = scene.next.sessions.get(view.session.session_id)
        assert [number.e164 for number in now.numbers[0]] in ([real(1)], [real(7), real(9)])
        for caller in (1, 9):
            is_in_force = real(caller) in [number.e164 for number in now.numbers[0]]
            assert (scene.next.dials(caller, proxies(now)[0]) is not None) is is_in_force

    at_every_step(server, prepare, change, after)


def test_a_death_at_any_step_of_an_extension_leaves_both_sides_with_one_end(server: Server) -> None:
    def prepare(scene: Scene) -> SessionView:
        return scene.mortal.open(1, 2, time_to_live=HOUR)

    def extend(scene: Scene, view: SessionView) -> None:
        scene.mortal.sessions.update(SessionChange(view.session.session_id, time_to_live=3 * HOUR))

    def after(scene: Scene, view: SessionView) -> None:
        expire_time = scene.next.sessions.get(view.session.session_id).session.expire_time
        for numbers, dialled in zip(view.numbers, proxies(view), strict=True):
            found = scene.next.store.find_route(dialled, scene.next.vault.lookups(numbers[0]))
            assert found is not None
            assert found.route is not None
            assert found.route.end_time == expire_time

    at_every_step(server, prepare, extend, after)


def test_a_death_at_any_step_of_sweeping_is_swept_up(server: Server) -> None:
    def prepare(scene: Scene) -> SessionView:
        view = scene.mortal.open(1, 2, time_to_live=SECOND, request_id="r", reference="trip", reserve_numbers=True)
        scene.mortal.pools.drain_numbers([proxies(view)[0]])
        scene.mortal.now += SECOND
        scene.mortal.housekeeping.sweep()
        scene.next.now = scene.mortal.now = scene.mortal.now + HOUR
        return view

    def sweep(scene: Scene, _: SessionView) -> None:
        scene.mortal.housekeeping.sweep()

    def after(scene: Scene, view: SessionView) -> None:
        scene.next.housekeeping.sweep()
        with pytest.raises(NotFound):
            scene.next.sessions.get(view.session.session_id)
        with pytest.raises(NotFound):
            scene.next.pools.get_number(proxies(view)[0])
        scene.next.add(proxies(view)[0])

    at_every_step(server, prepare, sweep, after)


def test_a_death_at_any_step_of_forgetting_a_session_at_once_leaves_it_to_be_forgotten(server: Server) -> None:
    def prepare(scene: Scene) -> SessionView:
        view = open_named(scene)
        scene.mortal.reports.keep(b"report", ReportedCall(reference=call_reference(view.session.session_id, "c1")))
        scene.mortal.sessions.close(view.session.session_id)
        return view

    def forget(scene: Scene, view: SessionView) -> None:
        scene.mortal.store.forget_session(view.session.session_id)

    def after(scene: Scene, view: SessionView) -> None:
        scene.next.store.forget_session(view.session.session_id)
        assert scene.next.store.get_session(view.session.session_id) is None
        assert scene.next.store.reports_page(b"", 9) == []
        assert scene.next.sessions.list(SessionQuery(lookups=scene.next.vault.lookups(view.numbers[0][0]))) == []

    at_every_step(server, prepare, forget, after)


def test_a_death_at_any_step_of_re_keying_keeps_the_session_reachable(server: Server) -> None:
    old, new = Key.new(1), Key.new(2)

    def prepare(scene: Scene) -> SessionView:
        for world in (scene.mortal, scene.next):
            world.vault._ring = RingVault.of(old, new)._ring  # type: ignore[attr-defined]
        scene.next.store.set_keys(scene.next.store.get_keys(), RingVault.of(old).checks())
        scene.next.vault._ring = RingVault.of(old)._ring  # type: ignore[attr-defined]
        view = scene.next.open(1, 2)
        scene.next.vault._ring = RingVault.of(new, old)._ring  # type: ignore[attr-defined]
        return view

    def rekey(scene: Scene, view: SessionView) -> None:
        session = scene.next.store.get_session(view.session.session_id)
        assert session is not None
        moved = rekeyed(session, RingVault.of(new, old))
        assert moved is not None
        scene.mortal.store.rekey_session(*moved)

    def after(scene: Scene, view: SessionView) -> None:
        session = scene.next.store.get_session(view.session.session_id)
        assert session is not None
        moved = rekeyed(session, RingVault.of(new, old))
        if moved is not None:
            scene.next.store.rekey_session(*moved)
        assert scene.next.dials(1, proxies(view)[0]) == (real(2), proxies(view)[1])

    at_every_step(server, prepare, rekey, after)


def test_a_death_at_any_step_of_adding_and_removing_a_number_leaves_it_in_or_out(server: Server) -> None:
    def add_and_remove(scene: Scene, _: object) -> None:
        scene.mortal.add(virtual(50))
        scene.mortal.pools.remove_numbers([virtual(50)])

    def after(scene: Scene, _: object) -> None:
        scene.next.add(virtual(50))
        scene.next.pools.remove_numbers([virtual(50)])
        scene.next.open(virtual(50), 60)

    at_every_step(server, nothing, add_and_remove, after)
