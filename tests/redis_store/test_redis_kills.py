"""Redis servers are killed under load, again and again: nothing acknowledged is lost but what their settings allow.

``MASKING_TEST_KILLS=20 pytest -rP tests/redis_store/test_redis_kills.py`` kills as often, and tells what was lost.
"""

import logging
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.errors import StoreNotReady
from masking_core.sessions import SessionQuery, SessionState
from support.processes import start
from support.redis_servers import Cluster, Server, is_master, wait_for
from support.sentinels import Sentinels, follows
from support.traders import Event, check_acknowledged, check_invariants, trade
from support.world import World, proxies, virtual

_log = logging.getLogger(__name__)

KILLS = int(os.environ.get("MASKING_TEST_KILLS", "2"))
TRADERS = 2
NUMBERS = [virtual(index) for index in range(8)]
SHORTEST_LIFE, LONGEST_LIFE = 0.1, 0.5


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Trading:
    """A pool, and processes that trade on it until they are stopped."""

    def __init__(self, url: str, folder: Path, stack: ExitStack) -> None:
        keys = folder / "keys.toml"
        KeyFile.create(keys)
        self.world = World(open_store(url), FileVault(keys))
        stack.callback(self.world.store.close)
        self.world.pool(len(NUMBERS), cool_off=0)
        self.started = [start(trade, url, keys, f"{index}", KILLS) for index in range(TRADERS)]
        for _, connection in self.started:
            assert connection.recv() == "alive"

    def kill_often(self, kill_and_heal: Callable[[random.Random], None]) -> None:
        rng = random.Random(20261123)
        for _ in range(KILLS):
            time.sleep(rng.uniform(SHORTEST_LIFE, LONGEST_LIFE))
            kill_and_heal(rng)

    def stop(self) -> list[Event]:
        """What was acknowledged."""
        told: list[Event] = []
        for _, connection in self.started:
            connection.send("stop")
        for process, connection in self.started:
            acknowledged, _ = connection.recv()
            told += acknowledged
            process.join()
        assert min(Counter(event[0] for event in told).values()) > KILLS
        return told

    def check(self, told: list[Event]) -> None:
        check_acknowledged(self.world, told)
        check_invariants(self.world, NUMBERS)


def restart(server: Server) -> None:
    server.kill()
    server.start()
    wait_for(lambda: is_loaded(server), "what the server kept")


def is_loaded(server: Server) -> bool:
    with server.client() as client:
        return not client.info("persistence")["loading"]


def test_kills_of_a_server_that_syncs_always_lose_nothing_acknowledged(tmp_path: Path, stack: ExitStack) -> None:
    server = Server("--appendfsync", "always").start()
    stack.callback(server.remove)
    trading = Trading(f"redis://{server.address}", tmp_path, stack)
    trading.kill_often(lambda _: restart(server))
    trading.check(trading.stop())


def test_kills_of_a_server_that_syncs_every_second_lose_the_last_of_what_was_acknowledged_at_most(
    tmp_path: Path, stack: ExitStack
) -> None:
    server = Server("--appendfsync", "everysec").start()
    stack.callback(server.remove)
    trading = Trading(f"redis://{server.address}", tmp_path, stack)
    trading.kill_often(lambda _: restart(server))
    told = trading.stop()
    lost = losses(trading.world, told)
    _log.warning("%d kills lost %s of %d things acknowledged", KILLS, dict(lost), len(told))
    assert lost.total() < len(told) / 2


def test_kills_of_masters_of_a_cluster_without_replicas_lose_nothing_acknowledged(
    tmp_path: Path, stack: ExitStack
) -> None:
    cluster = Cluster(masters=3, settings=("--appendfsync", "always"))
    stack.callback(cluster.remove)

    def kill_and_heal(rng: random.Random) -> None:
        restart(rng.choice(cluster.masters))
        wait_for(cluster.is_whole, "the Cluster")

    trading = Trading(f"redis+cluster://{cluster.address}", tmp_path, stack)
    trading.kill_often(kill_and_heal)
    trading.check(trading.stop())


def test_failovers_of_a_cluster_lose_nothing_that_a_replica_has_confirmed(tmp_path: Path, stack: ExitStack) -> None:
    cluster = Cluster(masters=3, replicas=1)
    stack.callback(cluster.remove)

    def kill_and_heal(rng: random.Random) -> None:
        master = rng.choice([server for server in cluster.servers if is_master(server)])
        master.kill()
        wait_for(lambda: len([each for each in cluster.servers if is_master(each)]) == 3, "another master")
        master.start()
        wait_for(lambda: len([each for each in cluster.servers if follows(each)]) == 3, "the replicas")
        wait_for(cluster.is_whole, "the Cluster")

    trading = Trading(f"redis+cluster://{cluster.address}?replicas=1", tmp_path, stack)
    trading.kill_often(kill_and_heal)
    trading.check(trading.stop())


def test_failovers_by_sentinels_lose_nothing_that_a_replica_has_confirmed(tmp_path: Path, stack: ExitStack) -> None:
    sentinels = Sentinels(patience_ms=4_000)
    stack.callback(sentinels.remove)

    def kill_and_heal(_: random.Random) -> None:
        master = sentinels.master
        master.kill()
        sentinels.replace(master)

    trading = Trading(f"{sentinels.url}&replicas=1", tmp_path, stack)
    trading.kill_often(kill_and_heal)
    trading.check(trading.stop())


def test_failovers_by_sentinels_lose_the_last_of_what_was_acknowledged_at_most(
    tmp_path: Path, stack: ExitStack
) -> None:
    sentinels = Sentinels(replicas=2, patience_ms=4_000)
    stack.callback(sentinels.remove)

    def kill_and_heal(_: random.Random) -> None:
        master = sentinels.master
        master.kill()
        sentinels.replace(master)

    trading = Trading(sentinels.url, tmp_path, stack)
    trading.kill_often(kill_and_heal)
    told = trading.stop()
    lost = losses(trading.world, told)
    _log.warning("%d kills lost %s of %d things acknowledged", KILLS, dict(lost), len(told))
    assert lost.total() < len(told) / 2


def test_a_server_that_appends_to_no_file_loses_all(stack: ExitStack) -> None:
    server = Server(append_only=False).start()
    stack.callback(server.remove)
    world = World(open_store(f"redis://{server.address}"))
    stack.callback(world.store.close)
    world.pool()
    world.open(1, 2)
    restart(server)
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        world.store.check()
    assert not world.sessions.list(SessionQuery())


def losses(world: World, told: list[Event]) -> Counter[str]:
    """How much of what was acknowledged is not so, by its kind, and how many sessions are left in half."""
    views = {view.session.session_id: view for view in world.sessions.list(SessionQuery(limit=100_000))}
    lost = Counter[str]()
    for each in views.values():
        if each.state is SessionState.ACTIVE:
            sides = zip(each.numbers, proxies(each), strict=True)
            lost["halves"] += not all(world.dials(numbers[0].e164, proxy) for numbers, proxy in sides)
    for kind, *rest in told:
        view = views.get(rest[-1] if kind != "reported" else rest[0])
        if kind == "opened":
            lost["sessions"] += view is None
        elif kind == "closed":
            lost["closings"] += view is not None and view.state is SessionState.ACTIVE
        else:
            lost["reports"] += world.reports.of_session(rest[0]).count(rest[1].encode()) != 1
    return lost
