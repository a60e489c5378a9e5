"""One backend, measured for ``recording.py``: it runs in a process of its own, over the sources of one tree.

Prints, as JSON, microseconds of processor time for a call: of the process whose calls are recorded, of the recorder's,
and of the server's; and for how many microseconds of it the recording thread of the first keeps the interpreter's lock
at the longest, while nobody makes it give it up. A store in memory has neither a recorder nor a server.
"""

import gc
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters import system
from adapters.call_log import BackgroundCallLog
from adapters.composition import wire
from adapters.storage.registry import open_store
from masking_core.calls import IncomingCall
from masking_core.phone_number import RealNumber
from masking_core.ports.call_log import Decided
from masking_core.services.call_recording import CallRecording
from support.stores import URLS
from support.world import World, proxies, real

SESSIONS, NUMBERS, WARMING = 250, 50, 1_000
_NEVER = 60.0
_GLANCE = 2e-5


def decisions(world: World, count: int) -> Iterator[Decided]:
    """The first callbacks of calls in running sessions, as they were answered."""
    world.pool(NUMBERS)
    dialled = [proxies(world.open(2 * index, 2 * index + 1)) for index in range(SESSIONS)]
    drawn = random.Random(count)
    for _ in range(count):
        person = drawn.randrange(2 * SESSIONS)
        call_id, *names = (f"{drawn.getrandbits(128):032x}" for _ in range(3))
        number = dialled[person // 2][person % 2]
        world.routing.route(IncomingCall(number, RealNumber(real(person)), call_id, correlation_ids=tuple(names)))
        yield world.noted.pop()


def batches(noted: Sequence[Decided], size: int) -> Iterator[Sequence[Decided]]:
    return (noted[first : first + size] for first in range(0, len(noted), size))


def children_of(process: int) -> set[int]:
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def spent_by(process: int) -> float:
    """Seconds of processor time of a process and everything that it has started."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(spent_by, children_of(process)))


class Probe(threading.Thread):
    """Wants the interpreter's lock all the time, and notes how long the recording thread worked until it got it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        (recording,) = (each for each in threading.enumerate() if each.name == "call-log")
        self._clock = time.pthread_getcpuclockid(recording.ident or 0)
        self.longest = 0.0

    def run(self) -> None:
        before = time.clock_gettime(self._clock)
        while True:
            time.sleep(_GLANCE)
            now = time.clock_gettime(self._clock)
            self.longest = max(self.longest, now - before)
            before = now


class Recorded:
    """A store whose calls are recorded as those of an edge are, and who takes part in that."""

    def __init__(self, backend: str, folder: Path, calls: int) -> None:
        url = URLS[backend](folder)
        asked = open_store(url)
        world = World(asked, now=system.now())
        world.sessions = wire(asked, world.vault).sessions
        self.noted = list(decisions(world, calls))
        self.store = asked if backend == "memory" else open_store(url)
        self._log = BackgroundCallLog(CallRecording(self.store, world.vault))
        self._servers = children_of(os.getpid())
        gc.freeze()
        if backend != "memory":
            asked.close()
            self._log.fork()
        self._recorders = children_of(os.getpid()) - self._servers

    def record(self, batch: Sequence[Decided]) -> None:
        """Note decisions, and wait until they are recorded."""
        for decided in batch:
            self._log.note(decided)
        if not self._log.flush(_NEVER):
            raise SystemExit("the calls are not recorded in a minute")

    def spent(self) -> tuple[float, ...]:
        """Seconds of processor time so far: of this process, of recorders, and of servers."""
        return time.process_time(), sum(map(spent_by, self._recorders)), sum(map(spent_by, self._servers))


def measure(backend: str, calls: int, together: int, folder: Path) -> dict[str, float]:
    recorded = Recorded(backend, folder, WARMING + 2 * calls)
    noted = recorded.noted
    for batch in batches(noted[:WARMING], together):
        recorded.record(batch)
    before = recorded.spent()
    for batch in batches(noted[WARMING:-calls], together):
        recorded.record(batch)
    spent = [(after - since) / calls * 1e6 for since, after in zip(before, recorded.spent(), strict=True)]
    sys.setswitchinterval(_NEVER)
    probe, holds = Probe(), []
    probe.start()
    for batch in batches(noted[-calls:], together):
        probe.longest = 0.0
        recorded.record(batch)
        holds.append(probe.longest * 1e6)
    recorded.store.close()
    return dict(zip(("edge", "recorder", "server", "hold"), (*spent, statistics.median(holds)), strict=True))


def main() -> None:
    backend, calls, together = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(backend, calls, together, Path(folder))))


if __name__ == "__main__":
    main()
