"""Numbers that the processes of one server add up: prometheus-client's multiprocess mode.

Each process keeps a file for itself in the server's shared folder; whichever process is asked for the
metrics reads them all. What a process counted stays when it ends.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

from prometheus_client import Metric as Samples
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from prometheus_client.values import MultiProcessValue

from adapters.telemetry.catalogue import BOUNDS, Kind, Metric
from adapters.telemetry.shared_folder import FOLDER_VARIABLE

_LIVE_SUM: Final = "livesum"


def forget_process(pid: int) -> None:
    """Take the gauges of a process that has ended out of the sums; what it counted stays in them."""
    if FOLDER_VARIABLE in os.environ:
        with suppress(OSError):
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


class AddedUp(Collector):
    """The sums of all processes, those that have ended among them.

    prometheus-client's own collector fails on a file without a byte. A process begins with one, for an
    instant, and one that is killed in it leaves one for good.
    """

    def __init__(self, folder: str) -> None:
        """Take the folder that the processes share."""
        self._folder = Path(folder)

    def collect(self) -> Iterable[Samples]:
        """Read every file in which something stands. No file is emptied again, though one may go."""
        files = [str(file) for file in self._folder.glob("*.db") if _is_begun(file)]
        return MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call, no-any-return]


def _is_begun(file: Path) -> bool:
    with suppress(FileNotFoundError):
        return file.stat().st_size > 0
    return False


class SharedValues:
    """This process's share. Without a folder nobody reads it, and nothing is kept."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._value: Any = MultiProcessValue()  # type: ignore[no-untyped-call]
        self._values: dict[tuple[Metric, tuple[str, ...]], list[Any]] = {}

    def add(self, metric: Metric, labels: tuple[str, ...], more: Sequence[float]) -> None:
        """Add to a counter its one sum, or to a histogram the count of each bucket and the sum of seconds."""
        if FOLDER_VARIABLE not in os.environ:
            return
        for value, each in zip(self._of(metric, labels), more, strict=True):
            if each:
                value.inc(each)

    def put(self, metric: Metric, now: float) -> None:
        """Set a gauge without labels."""
        if FOLDER_VARIABLE in os.environ:
            self._of(metric, ())[0].set(now)

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> list[Any]:
        values = self._values.get((metric, labels))
        if values is None:
            values = self._values[metric, labels] = list(self._made(metric, labels))
        return values

    def _made(self, metric: Metric, labels: tuple[str, ...]) -> Iterator[Any]:
        kind, name = metric.kind.value, metric.name
        if metric.kind is Kind.HISTOGRAM:
            for bound in chain(BOUNDS, (float("inf"),)):
                at = floatToGoString(bound)  # type: ignore[no-untyped-call]
                yield self._value(kind, name, f"{name}_bucket", (*metric.labels, "le"), (*labels, at), metric.help)
            yield self._value(kind, name, f"{name}_sum", metric.labels, labels, metric.help)
        else:
            family = name.removesuffix("_total")
            yield self._value(kind, family, name, metric.labels, labels, metric.help, multiprocess_mode=_LIVE_SUM)
