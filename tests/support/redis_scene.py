"""A process that dies at a chosen step of what it does in Redis, and another one that comes after its death."""

from collections import defaultdict
from collections.abc import Callable
from itertools import count, product
from typing import Any

from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from masking_core.call_records import COUNT_RETENTION
from masking_core.errors import StoreUnavailable
from masking_core.events import EARLIEST, Event, EventKind
from masking_core.instants import DAY, HOUR
from masking_core.ports.numbers import NumberQuery
from masking_core.sessions import SessionQuery, SessionState
from support.redis_proxy import Cut, RedisProxy
from support.redis_servers import Server, every_key, fresh_prefix, wait_for
from support.world import POOL, World, proxies, virtual

NUMBERS = 4
LEASE_MS = 20


class Scene:
    """A store, a process that works on it through a proxy, and another one that comes after its death.

    Both take each stage by itself, as over the slots of a Cluster, or with ``in_one`` all stages at once.
    """

    def __init__(self, server: Server, *, in_one: bool = False) -> None:
        self.server, self.prefix, self.in_one = server, fresh_prefix(), in_one
        self.proxy = RedisProxy(server.port)
        vault = RingVault.random()
        self.mortal = self.world(self.proxy.port, vault, "mortal")
        self.next = self.world(server.port, vault, "next")

    def world(self, port: int, vault: RingVault, ids: str) -> World:
        store = open_store(f"redis://127.0.0.1:{port}?prefix={self.prefix}")
        store._transactions.lease_ms = LEASE_MS  # type: ignore[attr-defined]
        store._link.servers.are_one = self.in_one  # type: ignore[attr-defined]
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
        self.check_events()

    def events(self) -> list[Event]:
        return list(self.next.store.read_events(EARLIEST, 10_000).events)

    def check_events(self) -> None:
        """Each session told of its opening, its changes and its end, once each and in their order."""
        told: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self.events():
            if event.kind.startswith("SESSION"):
                told[event.session_id].append(event)
        for view in self.next.sessions.list(SessionQuery(limit=1000)):
            events = told[view.session.session_id]
            kinds, versions = [event.kind for event in events], [event.version for event in events]
            assert kinds[0] is EventKind.SESSION_OPENED
            assert (EventKind.SESSION_CLOSED in kinds) is (view.state is SessionState.CLOSED)
            assert kinds.count(EventKind.SESSION_EXPIRED) <= 1
            changes = [each for event, each in zip(events, versions, strict=True) if event.kind != "SESSION_EXPIRED"]
            assert changes == sorted(set(changes))
            assert {event.pool for event in events} == {POOL}

    def nothing_is_under_way(self) -> bool:
        self.next.housekeeping.sweep()
        return not any(key.endswith(b"}p") for _, key in every_key([self.server], f"{self.prefix}{{i"))

    def check_that_nothing_stays(self) -> None:
        """Once every session is closed and forgotten, nothing of any is left: no lease, no load, no key."""
        for view in self.next.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000)):
            self.next.sessions.close(view.session.session_id)
        self.next.now += COUNT_RETENTION + 90 * DAY
        self.next.housekeeping.sweep()
        wait_for(self.nothing_is_under_way, "the end of the last lease")
        left = {key.removeprefix(self.prefix.encode()) for _, key in every_key([self.server], self.prefix)}
        kinds = {key[key.index(b"}") + 1 :][:1] for key in left if not key.startswith((b"c", b"{a}"))}
        assert kinds <= {b"", b"k", b"n", b"u", b"i", b"a", b"q", b"w", b"x", b"d", b"e"}
        assert not any(key.startswith((b"{q", b"{f")) for key in left)
        with self.server.client() as client:
            for _, key in every_key([self.server], f"{self.prefix}c"):
                assert set(client.hkeys(key)) == {b"!"}
            for _, key in every_key([self.server], f"{self.prefix}{{i"):
                assert key.endswith(b"}k") or not client.xlen(key)
            assert not client.exists(*(f"{self.prefix}{{p{POOL}}}{kind}" for kind in "lhrmLE"))


def at_every_step(
    server: Server,
    prepare: Callable[[Scene], Any],
    act: Callable[[Scene, Any], Any],
    after: Callable[[Scene, Any], None],
) -> None:
    """Let a process die at each writing command that ``act`` takes, and let it lose each reply.

    There are three at least where each stage is taken by itself, and one where all are taken at once.
    """
    for when, in_one in product(Cut, (False, True)):
        for step in count():
            scene = Scene(server, in_one=in_one)
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
                assert step > (0 if in_one else 2)
                break
