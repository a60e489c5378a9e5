"""Redis is away, silent or replaced: everything asked is answered in time, and heals without a restart."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import count
from typing import Any

import pytest

from adapters.deadline import limited_to
from adapters.storage.redis import cluster
from adapters.storage.registry import open_store
from masking_core.errors import StoreUnavailable
from masking_core.services.call_reports import ReportedCall
from masking_core.sessions import SessionQuery
from support.redis_servers import Cluster, Server, cluster_url, wait_for
from support.sentinels import Sentinels
from support.world import POOL, World, proxies, real, virtual

IN_TIME = 0.3
AFTER_RETURN = 1.0


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def world_on(url: str, stack: ExitStack) -> World:
    world = World(open_store(url))
    stack.callback(world.store.close)
    world.pool(8, cool_off=0)
    return world


def everything_asked(world: World) -> tuple[Callable[[], object], ...]:
    """One of each kind of thing that a store is asked."""
    session_id = world.open(1, 2).session.session_id
    return (
        lambda: world.call(1, virtual(0)),
        lambda: world.open(3, 4, request_id="again"),
        lambda: world.sessions.get(session_id),
        lambda: world.sessions.list(SessionQuery()),
        lambda: world.sessions.close(session_id),
        lambda: world.reports.keep(b"{}", ReportedCall()),
        lambda: world.pools.usage(POOL),
        lambda: world.add(virtual(50)),
        world.housekeeping.sweep,
        world.store.check,
    )


def check_unavailable(asked: tuple[Callable[[], object], ...]) -> None:
    for ask in asked:
        with limited_to(IN_TIME), pytest.raises(StoreUnavailable):
            ask()


def answered(ask: Callable[[], object]) -> Callable[[], bool]:
    def is_answered() -> bool:
        with suppress(StoreUnavailable), limited_to(IN_TIME):
            ask()
            return True
        return False

    return is_answered


def check_healed(world: World, asked: tuple[Callable[[], object], ...]) -> None:
    """Each is answered within a second from now."""
    for ask in asked:
        with limited_to(AFTER_RETURN):
            ask()
    view = world.open(5, 6)
    assert world.dials(5, proxies(view)[0]) == (real(6), proxies(view)[1])


def test_a_killed_server_heals_within_a_second_of_its_return(stack: ExitStack) -> None:
    server = Server("--appendfsync", "always").start()
    stack.callback(server.remove)
    world = world_on(f"redis://{server.address}", stack)
    asked = everything_asked(world)
    server.kill()
    check_unavailable(asked)
    server.start()
    check_healed(world, asked)


def test_a_silent_server_heals_within_a_second_of_its_return(stack: ExitStack) -> None:
    server = Server().start()
    stack.callback(server.remove)
    world = world_on(f"redis://{server.address}", stack)
    asked = everything_asked(world)
    server.signal(signal.SIGSTOP)
    check_unavailable(asked)
    server.signal(signal.SIGCONT)
    check_healed(world, asked)


def test_a_cluster_of_dead_nodes_heals_within_a_second_of_its_return(stack: ExitStack) -> None:
    cluster = Cluster(settings=("--appendfsync", "always"))
    stack.callback(cluster.remove)
    world = world_on(f"redis+cluster://{cluster.address}", stack)
    asked = everything_asked(world)
    for server in cluster.servers:
        server.kill()
    check_unavailable(asked)
    for server in cluster.servers:
        server.start()
    wait_for(cluster.is_whole, "the Cluster")
    check_healed(world, asked)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_another_master_of_a_cluster_is_found_within_a_second(stack: ExitStack, end: signal.Signals) -> None:
    cluster = Cluster(masters=3, replicas=1)
    stack.callback(cluster.remove)
    world = world_on(f"redis+cluster://{cluster.address}", stack)
    asked = everything_asked(world)
    dead = cluster.masters[0]
    dead.signal(end)
    wait_for(lambda: serves_every_slot(cluster, dead), "another master")
    check_healed(world, asked)


def test_who_did_not_answer_is_the_last_to_be_asked_who_holds_what(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = world_on(cluster_url(), stack).store._link.servers  # type: ignore[attr-defined]
    asked: list[object] = []
    holders = cluster._holders

    def noted(server: Any, host: str) -> Any:
        asked.append(server)
        return holders(server, host)

    monkeypatch.setattr(cluster, "_holders", noted)
    servers.look_again()
    (first,) = asked
    servers.note_silence(next(key for key in map(b"%d".__mod__, count()) if servers.of(key) is first))
    servers.look_again()
    assert asked[1:] != [first]
    assert len(asked) == 2


def serves_every_slot(cluster: Cluster, dead: Server) -> bool:
    """Whether every node but the dead one knows that a replica has taken its place."""
    for server in cluster.servers:
        if server is not dead:
            with server.client() as client:
                is_ok = client.cluster("INFO")["cluster_state"] == "ok"
                nodes = client.execute_command("CLUSTER", "NODES").decode().splitlines()
            masters = [node.split() for node in nodes if "master" in node.split()[2]]
            failed = [node[1].partition("@")[0] for node in masters if "fail" in node[2].split(",")]
            if not is_ok or len(masters) != len(cluster.masters) + 1 or failed != [dead.address]:
                return False
    return True


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_another_master_of_sentinels_is_found_within_a_second(stack: ExitStack, end: signal.Signals) -> None:
    sentinels = Sentinels()
    stack.callback(sentinels.remove)
    world = world_on(sentinels.url, stack)
    asked = everything_asked(world)
    dead = sentinels.master
    dead.signal(end)
    check_unavailable(asked[:3])
    wait_for(lambda: sentinels.agree_on_another_than(dead), "another master")
    check_healed(world, asked)


def test_a_silent_sentinel_keeps_nobody_from_asking_the_others(stack: ExitStack) -> None:
    sentinels = Sentinels()
    stack.callback(sentinels.remove)
    sentinels.sentinels[0].signal(signal.SIGSTOP)
    world = world_on(sentinels.url, stack)
    world.store.close()
    wait_for(answered(lambda: world.call(1, virtual(0))), "an answer in time")
    sentinels.sentinels[0].signal(signal.SIGCONT)
