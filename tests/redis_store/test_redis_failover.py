"""Masters die and slots move, while sessions come and go."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count

import pytest
from redis.crc import key_slot
from redis.exceptions import ResponseError

from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from masking_core.errors import StoreUnavailable
from masking_core.sessions import SessionQuery, SessionState
from support.redis_servers import Cluster, Server, is_master, wait_for
from support.sentinels import Sentinels, follows
from support.world import World, proxies


@pytest.fixture
def sentinels() -> Iterator[Sentinels]:
    sentinels = Sentinels()
    yield sentinels
    sentinels.remove()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(masters=3, replicas=1)
    yield cluster
    cluster.remove()


def test_a_write_finds_the_master_that_has_taken_the_place_of_another(cluster: Cluster) -> None:
    world = World(open_store(f"redis+cluster://{cluster.address}?replicas=1"))
    assert world.store.close_session("unknown", world.now) is None
    for replica in cluster.replicas:
        wait_for(partial(has_taken_over, replica), "the replica, as a master")
    wait_for(lambda: all(follows(each) for each in cluster.masters), "the masters, as replicas")
    assert world.store.close_session("unknown", world.now) is None
    world.store.close()


def has_taken_over(replica: Server) -> bool:
    """Have a replica take its master's place; whether it has. One that is not elected gives up after five seconds."""
    with replica.client() as client, suppress(ResponseError):
        client.execute_command("CLUSTER", "FAILOVER")
    given_up = time.monotonic() + 6
    while not is_master(replica) and time.monotonic() < given_up:
        time.sleep(0.02)
    return is_master(replica)


class Load:
    """Sessions opened and closed in a thread of its own; what was acknowledged is noted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.opened: list[str] = []
        self.closed: set[str] = set()
        self.failures: list[str] = []
        self.errors: list[Exception] = []

    @contextmanager
    def running(self) -> Iterator["Load"]:
        stopped = threading.Event()
        thread = threading.Thread(target=self._run, args=(stopped,))
        thread.start()
        try:
            yield self
        finally:
            stopped.set()
            thread.join()
        assert not self.errors

    def _run(self, stopped: threading.Event) -> None:
        for step in count():
            if stopped.is_set():
                return
            try:
                self._open_and_close(step)
            except StoreUnavailable as error:
                self.failures.append(str(error))
            except Exception as error:  # noqa: BLE001 # told by the test
                self.errors.append(error)
                return

    def _open_and_close(self, step: int) -> None:
        view = self.world.open(2 * step % 900, (2 * step + 1) % 900, request_id=f"load-{step}")
        self.opened.append(view.session.session_id)
        if step % 2:
            self.world.sessions.close(view.session.session_id)
            self.closed.add(view.session.session_id)

    def comes_this_far(self, further: int) -> None:
        """Wait until so many more sessions were opened."""
        goal = len(self.opened) + further
        wait_for(lambda: len(self.opened) >= goal or bool(self.errors), "the load")


def check(world: World, load: Load, *, may_lose: int = 0) -> None:
    """What was acknowledged is there, but for what the servers' settings may lose; nothing is in half."""
    known = {view.session.session_id: view for view in world.sessions.list(SessionQuery(limit=100_000))}
    lost = [each for each in load.opened if each not in known]
    assert len(lost) <= may_lose
    reopened = [each for each in load.closed if each in known and known[each].state is SessionState.ACTIVE]
    assert len(reopened) <= may_lose
    if not may_lose:
        for view in known.values():
            if view.state is SessionState.ACTIVE:
                a, b = proxies(view)
                assert world.dials(view.numbers[0][0].e164, a) == (view.numbers[1][0].e164, b)
                assert world.dials(view.numbers[1][0].e164, b) == (view.numbers[0][0].e164, a)


def working(url: str) -> tuple[World, Load]:
    vault = RingVault.random()
    world = World(open_store(url), vault)
    world.pool(30, cool_off=0)
    return world, Load(World(open_store(url), vault, ids="load"))


def serves(world: World) -> Callable[[], bool]:
    def is_back() -> bool:
        with suppress(StoreUnavailable):
            world.open(901, 902)
            return True
        return False

    return is_back


def test_sentinels_name_another_master_and_nothing_needs_a_restart(sentinels: Sentinels) -> None:
    world, load = working(sentinels.url)
    with load.running():
        load.comes_this_far(20)
        sentinels.master.kill()
        wait_for(serves(world), "the other master")
        load.comes_this_far(20)
    check(world, load, may_lose=2)


def test_a_cluster_goes_on_when_a_master_dies(cluster: Cluster) -> None:
    world, load = working(f"redis+cluster://{cluster.address}")
    with load.running():
        load.comes_this_far(20)
        cluster.masters[1].kill()
        load.comes_this_far(40)
        wait_for(serves(world), "the part of the dead master")
    check(world, load, may_lose=2)


def test_slots_can_move_while_sessions_come_and_go(cluster: Cluster) -> None:
    cluster.notice_after(15_000)
    world, load = working(f"redis+cluster://{cluster.address}")
    slots = sorted({key_slot(f"{{i{shard:02x}}}".encode()) for shard in range(16)} | {key_slot(b"{pride-uk}")})
    with load.running():
        load.comes_this_far(10)
        for slot in slots:
            move(cluster, slot)
        load.comes_this_far(20)
    assert not load.failures
    check(world, load)


def move(cluster: Cluster, slot: int) -> None:
    """Move a slot with its keys to the next master, as redis-cli does."""
    owner = next(index for index, server in enumerate(cluster.masters) if slot in slots_of(server))
    source, target = cluster.masters[owner], cluster.masters[(owner + 1) % len(cluster.masters)]
    with source.client() as giving, target.client() as taking:
        source_id, target_id = (each.execute_command("CLUSTER", "MYID") for each in (giving, taking))
        taking.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", source_id)
        giving.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", target_id)
        while keys := giving.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 10):
            giving.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        for each in (taking, giving):
            each.execute_command("CLUSTER", "SETSLOT", slot, "NODE", target_id)


def slots_of(server: Server) -> set[int]:
    with server.client() as client:
        my_id = client.execute_command("CLUSTER", "MYID").decode()
        raw = client.execute_command("CLUSTER", "SHARDS")
    found: set[int] = set()
    for shard in raw:
        told = dict(zip(shard[::2], shard[1::2], strict=True)) if isinstance(shard, list) else shard
        nodes = str(told.get(b"nodes", told.get("nodes")))
        ranges = told.get(b"slots") or told.get("slots") or []
        if my_id in nodes:
            for first, last in zip(ranges[::2], ranges[1::2], strict=True):
                found |= set(range(int(first), int(last) + 1))
    return found
