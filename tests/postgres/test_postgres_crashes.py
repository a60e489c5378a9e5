"""The database is killed under load, comes back or is replaced: nothing acknowledged is lost, nothing is in half."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from adapters.deadline import limited_to
from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.errors import StoreUnavailable
from masking_core.services.call_reports import ReportedCall
from masking_core.sessions import SessionQuery
from support.followers import Follower
from support.postgres_servers import PATIENCE, PostgresServer
from support.processes import start
from support.traders import check_acknowledged, check_invariants, trade
from support.world import World, virtual

KILLS = 20
TRADERS = 2
NUMBERS = [virtual(index) for index in range(8)]
LONGEST_LIFE = 0.4
ENOUGH = 20


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.toml"
    KeyFile.create(path)
    return path


class Trading:
    """A pool, processes that trade on it until they are stopped, and a reader who is told of it all."""

    def __init__(self, url: str, keys: Path) -> None:
        self.world = World(open_store(url), FileVault(keys))
        self.world.pool(len(NUMBERS), cool_off=0)
        self.started = [start(trade, url, keys, f"{index}", KILLS) for index in range(TRADERS)]
        for _, connection in self.started:
            assert connection.recv() == "alive"
        self.follower = Follower(self.world)

    def wait_for_more(self) -> None:
        """Return when the traders have opened some sessions more."""
        enough = self._opened() + ENOUGH
        end = time.monotonic() + PATIENCE
        while self._opened() < enough:
            assert time.monotonic() < end
            time.sleep(0.05)

    def _opened(self) -> int:
        return len(self.world.sessions.list(SessionQuery(limit=100_000)))

    def stop_and_check(self) -> tuple[Counter[str], Counter[str]]:
        """How much was acknowledged of each kind, and what the traders heard when the store was away."""
        connections: list[Connection] = [connection for _, connection in self.started]
        for connection in connections:
            connection.send("stop")
        happened, away = Counter[str](), Counter[str]()
        for connection in connections:
            acknowledged, heard = connection.recv()
            check_acknowledged(self.world, acknowledged)
            happened.update(event[0] for event in acknowledged)
            away.update(heard)
        for process, _ in self.started:
            process.join()
        check_invariants(self.world, NUMBERS)
        assert self.follower.stop_and_check() >= happened["opened"] + happened["closed"]
        self.world.store.close()
        return happened, away


def test_twenty_kills_of_the_server_lose_nothing_acknowledged(server: PostgresServer, keys: Path) -> None:
    trading = Trading(server.fresh_database(), keys)
    rng = random.Random(20261123)
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.05, LONGEST_LIFE))
        server.kill()
        server.start()
        check_store_serves(trading.world)
    happened, away = trading.stop_and_check()
    assert min(happened["opened"], happened["closed"], happened["reported"]) > KILLS
    assert away


def check_store_serves(world: World) -> None:
    """The store that was open all the while has found the server."""
    world.store.check()
    world.pools.get("ride-uk")


def test_a_failover_to_a_synchronous_replica_loses_nothing_acknowledged(server: PostgresServer, keys: Path) -> None:
    replica = server.replica()
    url = server.fresh_database().replace(f":{server.port}/", f":{server.port},127.0.0.1:{replica.port}/")
    trading = Trading(f"{url}?target_session_attrs=read-write", keys)
    trading.wait_for_more()
    server.kill()
    replica.promote()
    check_store_serves(trading.world)
    trading.wait_for_more()
    happened, _ = trading.stop_and_check()
    assert min(happened["opened"], happened["closed"], happened["reported"]) > 0
    replica.stop()


def test_what_no_replica_has_confirmed_is_not_acknowledged_the_second_time_either(server: PostgresServer) -> None:
    replica = server.replica()
    world = World(open_store(server.fresh_database()))
    world.pool()
    running, closed = (world.open(1, index).session.session_id for index in (2, 3))
    world.sessions.close(closed)
    asks: tuple[Callable[[], object], ...] = (
        lambda: world.open(4, 5, request_id="once"),
        lambda: world.sessions.close(running),
        lambda: world.reports.keep(b"{}", ReportedCall()),
    )
    replica.stop()
    check_unacknowledged(asks)
    server.kill()
    server.start()
    assert world.store.get_session(running).close_time  # type: ignore[union-attr] # it is there
    check_unacknowledged(asks)
    replica.start()
    for ask in asks:
        ask()
    assert len(world.sessions.list(SessionQuery())) == 3
    world.store.close()
    replica.stop()


def check_unacknowledged(asks: Sequence[Callable[[], object]]) -> None:
    for ask in asks:
        with limited_to(1), pytest.raises(StoreUnavailable, match="may have been"):
            ask()
