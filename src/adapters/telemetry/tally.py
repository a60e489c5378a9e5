"""Counting in memory, at a fraction of a microsecond each, and telling the sums twice a second.

prometheus-client's values that processes share cost some five microseconds each, and a histogram
touches two: too dear on the way of a call. Here a lock is taken and a list's element raised; a
thread adds up what came together since, and writes it where every process of the server reads it.
"""

import atexit
import os
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final

from adapters.telemetry.catalogue import BOUNDS, Kind, Metric
from adapters.telemetry.shared_values import SharedValues

Labels = tuple[str, ...]
"""The values of a metric's labels, in its order."""

Cells = dict[Labels, list[float]]
"""Of each combination of labels what came together: one sum, or a count for each bucket and then the sum."""

Observe = Callable[[Labels, float], None]

_GATHERING: Final = 0.5
"""Seconds after which a process tells the others."""
_BUCKETS: Final = len(BOUNDS) + 1


class Tally:
    """What one process counts. Its thread starts with the first count, so that a process may fork before."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._cells: dict[Metric, Cells] = {}
        self._known: dict[Metric, Iterable[Labels]] = {}
        self._gauges: dict[Metric, Callable[[], float]] = {}
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._something = threading.Event()
        self._asleep = True
        self._thread: threading.Thread | None = None
        self._shared = SharedValues()
        for metric in self._known:
            self._zero(metric)

    def timer(self, metric: Metric, known: Iterable[Labels] = ()) -> Observe:
        """What takes the seconds that something took.

        The labels that are ``known`` begin at zero: of a series that begins with its first event,
        Prometheus does not see that one.
        """
        cells_of = self._begun(metric, known)

        def observe(labels: Labels, seconds: float) -> None:
            bucket = bisect_left(BOUNDS, seconds)
            with self._lock:
                cells = cells_of[metric]
                cell = cells.get(labels)
                if cell is None:
                    cell = cells[labels] = [0.0] * (_BUCKETS + 1)
                cell[bucket] += 1
                cell[_BUCKETS] += seconds
            if self._asleep:
                self._wake()

        return observe

    def counter(self, metric: Metric, known: Iterable[Labels] = ()) -> Observe:
        """What takes how many there were more; see ``timer``."""
        cells_of = self._begun(metric, known)

        def count(labels: Labels, more: float) -> None:
            with self._lock:
                cell = cells_of[metric].setdefault(labels, [0.0])
                cell[0] += more
            if self._asleep:
                self._wake()

        return count

    def gauge(self, metric: Metric, measure: Callable[[], float]) -> None:
        """Ask ``measure`` whenever sums are told; of several processes the sum counts."""
        self._gauges[metric] = measure

    def tell(self) -> None:
        """Write what came together since the last time, now."""
        with self._telling:
            with self._lock:
                told = {metric: cells for metric, cells in self._cells.items() if cells}
                for metric in told:
                    self._cells[metric] = {}
            for metric, cells in told.items():
                for labels, cell in cells.items():
                    self._shared.add(metric, labels, cell)
            for metric, measure in self._gauges.items():
                self._shared.put(metric, measure())

    def _begun(self, metric: Metric, known: Iterable[Labels]) -> dict[Metric, Cells]:
        self._known[metric] = tuple(known)
        self._zero(metric)
        return self._cells

    def _zero(self, metric: Metric) -> None:
        width = _BUCKETS + 1 if metric.kind is Kind.HISTOGRAM else 1
        self._cells[metric] = {labels: [0.0] * width for labels in self._known[metric]}

    def _wake(self) -> None:
        self._asleep = False
        if self._thread is None:
            self._start()
        self._something.set()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                atexit.register(self.tell)
                self._thread = threading.Thread(target=self._work, name="tally", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        pause = threading.Event()
        while self._something.wait():
            pause.wait(_GATHERING)
            self._something.clear()
            self._asleep = True
            self.tell()
