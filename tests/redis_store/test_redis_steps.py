"""A process dies between any two steps of what it does: nothing is left in half, and nothing for ever."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from masking_core.errors import NotFound, StoreUnavailable
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.keys import rekeyed
from masking_core.ports.numbers import NumberQuery
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery, SessionState
from support.redis_proxy import Cut, RedisProxy
from support.redis_servers import Server, every_key, fresh_prefix, wait_for
from support.world import POOL, World, proxies, real, virtual

NUMBERS = 4
LEASE_MS = 20


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(append_only=False).start()
    yield server
    server.remove()


class Scene:
    """A store, a process that works on it through a proxy, and another one that comes after its death."""

    def __init__(self, server: Server) -> None:
        self.server, self.prefix = server, fresh_prefix()
        self.proxy = RedisProxy(server.port)
        vault = RingVault.random()
        self.mortal = self.world(self.proxy.port, vault, "mortal")
        self.next = self.world(server.port, vault, "next")

    def world(self, port: int, vault: RingVault, ids: str) -> World:
        store = open_store(f"redis://127.0.0.1:{port}?prefix={self.prefix}")
        store._transactions.lease_ms = LEASE_MS  # type: ignore[attr-defined]
        return World(store, vault, ids=ids)

    def close(self) -> None:
        self.proxy.close()
        with self.server.client() as client:
            client.flushall()
        self.mortal.store.close()
        self.next.store.close()

    def let_the_lock_expire(self) -> None:
        with self.server.client() as client:
            client.delete(f"{self.prefix}{{a}}lock")

    def check(self) -> None:
        """I1, I2 and I3, and every count right, as whoever comes next sees them."""
        active = self.next.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000))
        taken = [proxy for view in active for proxy in proxies(view)]
        for view in active:
            a, b = proxies(view)
            for numbers, dialled, callee, shown in (
                (view.numbers[0], a, view.numbers[1][0], b),
                (view.numbers[1], b, view.numbers[0][0], a),
            ):
                for each in numbers:
                    assert self.next.dials(each.e164, dialled) == (callee.e164, shown)
        for number in self.next.pools.list_numbers(NumberQuery(pool=POOL)):
            assert number.load == taken.count(number.number)
            owners = [each.session for each in active if number.number in proxies(each) and each.session.reserved]
            assert number.reserved_by == (owners[0].session_id if owners else "")
        assert self.next.pools.usage(POOL).active_sessions == len(active)

    def nothing_is_under_way(self) -> bool:
        self.next.housekeeping.sweep()
        return not any(key.endswith(b"}p") for _, key in every_key([self.server], f"{self.prefix}{{i"))

    def check_that_nothing_stays(self) -> None:
        """Once every session is closed and forgotten, nothing of any is left: no lease, no load, no key."""
        for view in self.next.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000)):
            self.next.sessions.close(view.session.session_id)
        self.next.now += 60 * DAY
        self.next.housekeeping.sweep()
        wait_for(self.nothing_is_under_way, "the end of the last lease")
        left = {key.removeprefix(self.prefix.encode()) for _, key in every_key([self.server], self.prefix)}
        kinds = {key[key.index(b"}") + 1 :][:1] for key in left if not key.startswith((b"c", b"{a}"))}
        assert kinds <= {b"", b"k", b"n", b"u", b"i", b"a", b"q", b"w", b"x", b"d"}
        assert not any(key.startswith((b"{q", b"{f")) for key in left)
        with self.server.client() as client:
            for _, key in every_key([self.server], f"{self.prefix}c"):
                assert set(client.hkeys(key)) == {b"!"}
            for _, key in every_key([self.server], f"{self.prefix}{{i"):
                assert key.endswith(b"}k")
            assert not client.exists(*(f"{self.prefix}{{p{POOL}}}{kind}" for kind in "lhrmLE"))


def at_every_step(
    server: Server,
    prepare: Callable[[Scene], Any],
    act: Callable[[Scene, Any], Any],
    after: Callable[[Scene, Any], None],
) -> None:
    """Let a process die at each writing command that ``act`` takes, and let it lose the reply to each."""
    for when in Cut:
        for step in count():
            scene = Scene(server)
            scene.mortal.pool(NUMBERS, cool_off=0, retention=HOUR)
            prepared = prepare(scene)
            scene.mortal.call(99, virtual(0))
            scene.proxy.cut_at(step, when)
            try:
                act(scene, prepared)
            except StoreUnavailable:
                assert scene.proxy.has_cut
            scene.let_the_lock_expire()
            scene.check()
            after(scene, prepared)
            scene.check()
            scene.check_that_nothing_stays()
            scene.close()
            if not scene.proxy.has_cut:
                assert step > 2
                break


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
