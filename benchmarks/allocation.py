"""What opening a session costs as pools, participants and stores grow: the ratios, each to its smallest case.

Run with ``make bench``, or with stores of your choice: ``python benchmarks/allocation.py memory redis``.
Figures are medians of one run on one machine, of the processor's time
(what we compute) and of the clock's (which on SQLite is mostly the disk's sync); only their ratios
mean anything.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from adapters.storage.registry import open_store
from masking_core.allocation import Need
from masking_core.home import Home
from masking_core.opening import Opening
from masking_core.pools import Geography
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.sessions import Session, Side
from support.stores import URLS
from support.world import World

POOL = "ride-uk"
SAMPLES = 300
BACKENDS = ("memory", "sqlite")


@contextmanager
def world_of(backend: str, numbers: int) -> Iterator[World]:
    """A store of the backend with one pool of so many numbers."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(open_store(URLS[backend](Path(folder))))
        world.pool(0, cool_off=0)
        for start in range(0, numbers, 10_000):
            world.add(
                *(f"+44207{index:07}" for index in range(2_000_000 + start, 2_000_000 + min(start + 10_000, numbers)))
            )
        yield world
        world.store.close()


def need(person: int) -> Need:
    """A participant, made without the cost of the numbering plan and of sealing."""
    lookup = LookupKey(person.to_bytes(16, "little"))  # the first bytes tell people apart
    return Need((Caller(Sealed(bytes(49)), (lookup,)),), "", Home("GB", ""))


class Openings:
    """Opens and closes sessions straight at the store."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pool = world.pools.get(POOL)
        self.made = 0

    def open(self, a: int, b: int) -> Session:
        self.made += 1
        self.world.now += 1
        side = Side("", "", Geography.NONE, reused_early=False, legs=())
        draft = Session(
            session_id=f"{self.world.now:020}-{self.made:08}",
            pool=POOL,
            sides=(side, side),
            create_time=self.world.now,
            update_time=self.world.now,
            expire_time=2**60,
        )
        opening = Opening(draft, self.pool, (need(a), need(b)), self.world.vault.key_ids())
        return self.world.store.open_session(opening, self.world.now)

    def close(self, session: Session) -> None:
        self.world.store.close_session(session.session_id, self.world.now)


class Cost(NamedTuple):
    """Median nanoseconds of one opening and closing, by the processor and by the clock."""

    processor: float
    clock: float


def median_cost(work: Callable[[], object]) -> Cost:
    """What one call costs."""
    processor, clock = [], []
    for _ in range(SAMPLES):
        begun = time.process_time_ns(), time.perf_counter_ns()
        work()
        processor.append(time.process_time_ns() - begun[0])
        clock.append(time.perf_counter_ns() - begun[1])
    return Cost(statistics.median(processor), statistics.median(clock))


def by_pool_size(backend: str, numbers: int) -> Cost:
    """Opening and closing one session in a pool of so many numbers, a tenth of them busy."""
    with world_of(backend, numbers) as world:
        openings = Openings(world)
        for index in range(numbers // 10):
            openings.open(10_000_000 + index, 20_000_000 + index)
        return median_cost(lambda: openings.close(openings.open(1, 2)))


def by_sessions_of_participant(backend: str, sessions: int) -> Cost:
    """Opening and closing one more session of a participant who is in so many, in a pool of 1,100 numbers."""
    with world_of(backend, 1_100) as world:
        openings = Openings(world)
        for index in range(sessions):
            openings.open(1, 10_000_000 + index)
        return median_cost(lambda: openings.close(openings.open(1, 2)))


def by_cooling_pairs(backend: str, pairs: int) -> Cost:
    """Opening and closing where the participant's last sessions cool off on so many of 1,100 numbers."""
    with world_of(backend, 1_100) as world:
        world.pools.update(POOL, lambda policy: policy.__class__(cool_off=10**12, retention=10**13))
        openings = Openings(world)
        for index in range(pairs):
            openings.close(openings.open(1, 10_000_000 + index))
        others = iter(range(3_000_000, 4_000_000))
        return median_cost(lambda: openings.close(openings.open(next(others), 2)))


CASES: dict[str, tuple[Callable[[str, int], Cost], tuple[int, ...]]] = {
    "numbers in the pool": (by_pool_size, (10, 1_000, 50_000)),
    "sessions of the participant": (by_sessions_of_participant, (1, 500, 1_000)),
    "pairs cooling off": (by_cooling_pairs, (0, 500, 1_000)),
}


def main() -> None:
    """Print the table."""
    table = Table(title="Opening and closing a session, against the smallest case")
    for heading in ("store", "what grows", "to", "processor", "clock"):
        table.add_column(heading, justify="left" if heading in ("store", "what grows") else "right")
    for backend in sys.argv[1:] or BACKENDS:
        for name, (measure, sizes) in CASES.items():
            smallest = measure(backend, sizes[0])
            for size in sizes:
                cost = smallest if size == sizes[0] else measure(backend, size)
                ratios = (f"{here / there:.2f}" for here, there in zip(cost, smallest, strict=True))
                table.add_row(backend, name, f"{size:,}", *ratios)
    Console().print(table)


if __name__ == "__main__":
    main()
