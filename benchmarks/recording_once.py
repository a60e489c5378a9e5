"""One backend, measured for ``recording.py``: it runs in a process of its own, over the sources of one tree.

Prints, as JSON, microseconds of our processor for a call, of the server's, and for how many microseconds of processor
time the recording thread keeps the interpreter's lock at the longest, while nobody makes it give it up.
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


def spent_by_children(process: int) -> float:
    """Seconds of processor time of everything that a process has started."""
    spent = 0.0
    for child in map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()):
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        spent += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + spent_by_children(child)
    return spent


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


def measure(backend: str, calls: int, together: int, folder: Path) -> dict[str, float]:
    store = open_store(URLS[backend](folder))
    world = World(store, now=system.now())
    world.sessions = wire(store, world.vault).sessions
    noted = list(decisions(world, WARMING + 2 * calls))
    gc.freeze()
    log = BackgroundCallLog(world.recording)

    def record(batch: Sequence[Decided]) -> None:
        for decided in batch:
            log.note(decided)
        if not log.flush(_NEVER):
            raise SystemExit("the calls are not recorded in a minute")

    for batch in batches(noted[:WARMING], together):
        record(batch)
    before = time.process_time(), spent_by_children(os.getpid())
    for batch in batches(noted[WARMING:-calls], together):
        record(batch)
    ours, theirs = time.process_time() - before[0], spent_by_children(os.getpid()) - before[1]
    sys.setswitchinterval(_NEVER)
    probe, holds = Probe(), []
    probe.start()
    for batch in batches(noted[-calls:], together):
        probe.longest = 0.0
        record(batch)
        holds.append(probe.longest)
    store.close()
    return {"ours": ours / calls * 1e6, "server's": theirs / calls * 1e6, "hold": statistics.median(holds) * 1e6}


def main() -> None:
    backend, calls, together = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(backend, calls, together, Path(folder))))


if __name__ == "__main__":
    main()
