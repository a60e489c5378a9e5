"""How pools stand, as the metrics tell it."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, generate_latest

from adapters.storage.memory.store import MemoryStore
from adapters.telemetry.pool_use import FRESH, PoolUse
from masking_core.errors import StoreUnavailable
from masking_core.pools import Pool
from support.world import World
from telemetry.scraping import names, value


class AwayStore(MemoryStore):
    """A store that can be away."""

    away = False

    def list_pools(self, after: str, limit: int) -> Sequence[Pool]:
        if self.away:
            raise StoreUnavailable("away")
        return super().list_pools(after, limit)


class Looking:
    """Somebody who looks at the pools of a world, whenever the test says."""

    def __init__(self) -> None:
        self.store = AwayStore()
        self.world = World(self.store)
        self.time = 0.0
        self.registry = CollectorRegistry()
        self.registry.register(PoolUse(self.world.pools, self.world.outlooks.known, lambda: self.time))

    def look(self) -> bytes:
        return generate_latest(self.registry)


def test_a_pool_s_numbers_and_sessions_are_told() -> None:
    looking = Looking()
    looking.world.pool(4)
    looking.world.open(0, 1)
    page = looking.look()
    assert value(page, "masking_store_up") == 1
    assert value(page, "masking_pool_numbers", state="in_service") == 4
    assert value(page, "masking_pool_numbers", state="draining") == 0
    assert value(page, "masking_pool_active_sessions") == 1
    assert value(page, "masking_pool_idle_numbers") == 2
    assert value(page, "masking_pool_used_ratio") == 0.5
    assert value(page, "masking_pool_highest_load") == 1


def test_the_store_is_asked_again_only_after_a_while() -> None:
    looking = Looking()
    looking.world.pool(4)
    looking.look()
    looking.world.open(0, 1)
    looking.time = FRESH - 1
    assert value(looking.look(), "masking_pool_active_sessions") == 0
    looking.time = FRESH
    assert value(looking.look(), "masking_pool_active_sessions") == 1


def test_while_the_store_is_away_that_is_told_and_nothing_of_the_pools() -> None:
    looking = Looking()
    looking.world.pool(4)
    looking.store.away = True
    page = looking.look()
    assert value(page, "masking_store_up") == 0
    assert names(page) == {"masking_store_up"}


def test_how_near_a_pool_is_to_running_out_is_told_once_somebody_looked() -> None:
    looking = Looking()
    looking.world.pool(4)
    looking.world.open(0, 1)
    assert value(looking.look(), "masking_pool_nearest_left_numbers") is None
    looking.world.outlooks.watch()
    looking.time = FRESH
    page = looking.look()
    assert value(page, "masking_pool_nearest_left_numbers") == 3
    assert value(page, "masking_pool_at_capacity_numbers") == 0
    assert value(page, "masking_pool_peak_calls") == 0
    assert value(page, "masking_pool_runs_out_timestamp_seconds") is None
