"""A process dies between any two steps of what it does: nothing is left in half, and nothing for ever."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from adapters.storage.redis.commands import Command
from adapters.storage.redis.link import Link
from masking_core.calls import call_reference
from masking_core.errors import NotFound, StoreUnavailable
from masking_core.instants import HOUR, SECOND
from masking_core.keys import rekeyed
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery, SessionState
from support.redis_proxy import Cut
from support.redis_scene import NUMBERS, Scene, at_every_step
from support.redis_servers import Server, wait_for
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


@pytest.mark.parametrize("in_one", [True, False], ids=["at once", "one by one"])
def test_whose_reply_is_lost_hears_whether_the_session_is_open(server: Server, *, in_one: bool) -> None:
    for step in count():
        scene = Scene(server, in_one=in_one)
        scene.mortal.pool(NUMBERS, cool_off=0)
        # What loses its reply must not be that the server does not know a script yet.
        scene.mortal.sessions.close(scene.mortal.open(5, 6).session.session_id)
        scene.proxy.cut_at(step, Cut.LOST_REPLY)
        try:
            told = [scene.mortal.open(1, 2).session]
        except StoreUnavailable:
            told = []
        assert [each.session for each in scene.next.sessions.list(SessionQuery(state=SessionState.ACTIVE))] == told
        scene.check()
        scene.close()
        if not scene.proxy.has_cut:
            break
    assert step


def relabelled(view: SessionView, number: int) -> SessionChange:
    return SessionChange(view.session.session_id, labels={"order": f"{number}"})


def with_another(view: SessionView, number: int) -> SessionChange:
    return SessionChange(view.session.session_id, participants={0: ParticipantChange((real(number),))})


@pytest.mark.parametrize("in_one", [True, False], ids=["at once", "one by one"])
@pytest.mark.parametrize("change", [relabelled, with_another])
def test_whose_reply_is_lost_hears_whether_the_session_is_changed(
    server: Server, change: Callable[[SessionView, int], SessionChange], *, in_one: bool
) -> None:
    for step in count():
        scene = Scene(server, in_one=in_one)
        scene.mortal.pool(NUMBERS, cool_off=0)
        # What loses its reply must not be that the server does not know a script yet.
        scene.mortal.sessions.update(change(scene.mortal.open(5, 6), 7))
        opened = scene.mortal.open(1, 2)
        scene.proxy.cut_at(step, Cut.LOST_REPLY)
        try:
            told = scene.mortal.sessions.update(change(opened, 3)).session
        except StoreUnavailable:
            told = opened.session
        assert scene.next.sessions.get(opened.session.session_id).session == told
        assert told.version - opened.session.version in (0, 1), "it is made once"
        scene.check()
        scene.close()
        if not scene.proxy.has_cut:
            break
    assert step


def test_what_is_read_by_the_server_after_it_was_given_up_opens_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(server, in_one=True)
    scene.next.pool(NUMBERS, cool_off=0)
    link, late = scene.next.store._link, list[Command]()  # type: ignore[attr-defined]
    one = Link.one

    def held_up(sender: Link, command: Command) -> Any:
        if command.once and not late:
            late.append(command)
            raise StoreUnavailable("no reply")
        return one(sender, command)

    monkeypatch.setattr(Link, "one", held_up)
    with pytest.raises(StoreUnavailable, match="no reply"):
        scene.next.open(1, 2)
    link.one(late[0])
    assert scene.next.sessions.list(SessionQuery()) == []
    wait_for(scene.nothing_is_under_way, "the end of its lease")
    scene.check()
    scene.next.open(1, 2)
    scene.check()
    scene.check_that_nothing_stays()
    scene.close()


def block_once_dead(scene: Scene, act: Callable[[], object]) -> None:
    """Have person 2 blocked as soon as the process has died at its step, or has been refused nothing."""
    try:
        act()
    finally:
        scene.next.blocks.add(RealNumber(real(2)))


def check_blocked(scene: Scene) -> None:
    """Whatever is still under way ends, and nobody who is blocked takes part in what comes of it."""
    wait_for(scene.nothing_is_under_way, "the end of its lease")
    for view in scene.next.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000)):
        assert real(2) not in {number.e164 for numbers in view.numbers for number in numbers}
    scene.next.blocks.remove(RealNumber(real(2)))


def test_whoever_is_blocked_after_a_death_at_any_step_of_opening_takes_part_in_nothing(server: Server) -> None:
    def open_and_block(scene: Scene, _: object) -> None:
        block_once_dead(scene, lambda: open_named(scene))

    at_every_step(server, nothing, open_and_block, lambda scene, _: check_blocked(scene))


def test_whoever_is_blocked_after_a_death_at_any_step_of_being_taken_in_takes_part_in_nothing(server: Server) -> None:
    def take_in_and_block(scene: Scene, view: SessionView) -> None:
        block_once_dead(scene, lambda: scene.mortal.sessions.update(with_another(view, 2)))

    at_every_step(
        server, lambda scene: scene.mortal.open(1, 3), take_in_and_block, lambda scene, _: check_blocked(scene)
    )


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
