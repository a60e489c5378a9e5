"""How the pools stand, asked of the store when somebody looks at the metrics."""

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.telemetry import catalogue
from masking_core.errors import MaskingError, NotFound
from masking_core.instants import SECOND
from masking_core.pool_outlook import PoolOutlook
from masking_core.pools import PoolUsage
from masking_core.services.pools import Pools

FRESH: Final = 10.0
"""Seconds for which an answer is given again, however often somebody looks."""
_PAGE: Final = 500


class PoolUse(Collector):
    """A collector of prometheus-client's. While the store is away it tells that, and nothing of the pools.

    How near pools are to running out is told as this process has last seen it, and costs the store nothing.
    """

    def __init__(
        self, pools: Pools, seen: Callable[[], Iterable[PoolOutlook]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask nothing yet; ``seen`` tells what this process has last seen of each pool."""
        self._pools = pools
        self._seen = seen
        self._monotonic = monotonic
        self._asking = Lock()
        self._asked = float("-inf")
        self._told: tuple[Metric, ...] = ()

    def collect(self) -> Iterable[Metric]:
        """See ``Collector``."""
        with self._asking:
            if self._monotonic() - self._asked >= FRESH:
                self._told = tuple(self._ask())
                self._asked = self._monotonic()
            return self._told

    def _ask(self) -> Iterator[Metric]:
        try:
            usages = list(self._usages())
        except MaskingError:
            yield _gauge(catalogue.STORE_UP, [((), 0)])
            return
        yield _gauge(catalogue.STORE_UP, [((), 1)])
        yield _gauge(
            catalogue.POOL_NUMBERS,
            [
                ((each.pool, state), numbers)
                for each in usages
                for state, numbers in (("in_service", each.in_service), ("draining", each.draining))
            ],
        )
        for metric, measure in _OF_A_POOL:
            yield _gauge(metric, [((each.pool,), measure(each)) for each in usages])
        there = {each.pool for each in usages}
        seen = [each for each in self._seen() if each.usage.pool in there]
        for metric, look in _OF_AN_OUTLOOK:
            found = [(each.usage.pool, look(each)) for each in seen]
            yield _gauge(metric, [((pool,), value) for pool, value in found if value is not None])

    def _usages(self) -> Iterator[PoolUsage]:
        after = ""
        while page := self._pools.list(after, _PAGE):
            for pool in page:
                try:
                    yield self._pools.usage(pool.name)
                except NotFound:
                    continue  # removed since the page was read
            after = page[-1].name


def _used(usage: PoolUsage) -> float:
    return 1 - usage.idle / usage.in_service if usage.in_service else 0.0


_OF_A_POOL: Final[tuple[tuple[catalogue.Metric, Callable[[PoolUsage], float]], ...]] = (
    (catalogue.POOL_IDLE, lambda usage: usage.idle),
    (catalogue.POOL_RESERVED, lambda usage: usage.reserved),
    (catalogue.POOL_SESSIONS, lambda usage: usage.active_sessions),
    (catalogue.POOL_LOAD, lambda usage: usage.highest_load),
    (catalogue.POOL_USED, _used),
)

_OF_AN_OUTLOOK: Final[tuple[tuple[catalogue.Metric, Callable[[PoolOutlook], float | None]], ...]] = (
    (catalogue.POOL_LEFT, lambda seen: None if seen.nearest is None else seen.nearest.left),
    (catalogue.POOL_AT_CAPACITY, lambda seen: len(seen.at_capacity)),
    (catalogue.POOL_PEAK_CALLS, lambda seen: seen.peak_calls),
    (catalogue.POOL_RUNS_OUT, lambda seen: None if seen.forecast is None else seen.forecast.day / SECOND),
)


def _gauge(metric: catalogue.Metric, samples: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in samples:
        family.add_metric(labels, value)
    return family
