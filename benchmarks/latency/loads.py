"""Loads on a system, closed-loop from wrk and open-loop from our own generator, and what they found."""

import json
import math
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latency.generator import generator
from latency.processes import processor_seconds
from latency.scene import write_calls
from latency.systems import System

HERE = Path(__file__).parent
MOST_PER_SECOND = 15_000
"""Callbacks prepared for each second of a closed-loop run; of those past them, some come a second time."""
OPEN_CONNECTIONS = 64
REST, IDLE, PATIENCE = 0.3, 0.07, 20.0
"""Seconds between two looks at a system, the share of a core below which it rests, and seconds to wait for that."""


@dataclass(frozen=True)
class Reading:
    """One run. Latencies are in microseconds, ``processor`` and ``database`` in microseconds for each request.

    ``rate`` is 0 for closed-loop runs, and ``share`` that of the saturation otherwise. Then ``late_p99`` is how late
    the generator was, and ``preferred`` whether it had a processor when it wanted one.
    """

    system: str
    floor: str
    turn: int
    connections: int
    rate: float
    share: float
    throughput: float
    p50: float
    p90: float
    p99: float
    p999: float
    max: float
    failures: int
    repeated: bool
    late_p99: float
    preferred: bool
    processor: float
    database: float

    def told(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def closed(system: System, turn: int, connections: int, seconds: float, folder: Path) -> Reading:
    """As much as so many connections can ask."""
    calls = folder / "calls"
    write_calls(calls, system.book, int(MOST_PER_SECOND * seconds))
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{math.ceil(seconds)}s",
        "--timeout",
        "10s",
        "-s",
        str(HERE / "replay.lua"),
    ]
    command += [f"http://127.0.0.1:{system.served.port}", "--", str(calls)]
    return _read(system, command, turn=turn, connections=connections)


def opened(system: System, turn: int, rate: float, share: float, seconds: float, folder: Path) -> Reading:
    """Callbacks at a rate of their own, whatever becomes of them."""
    calls = folder / "calls"
    write_calls(calls, system.book, int(1.2 * rate * seconds) + 100)
    command = [
        str(generator(folder)),
        str(system.served.port),
        str(rate),
        str(seconds),
        str(OPEN_CONNECTIONS),
        str(calls),
    ]
    return _read(system, command, turn=turn, connections=OPEN_CONNECTIONS, rate=rate, share=share)


def _read(
    system: System, command: Sequence[str], *, turn: int, connections: int, rate: float = 0.0, share: float = 0.0
) -> Reading:
    """Run a load generator; what stands recorded behind the answers is awaited, for it belongs to them."""
    before = _spent(system)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = _settled(system)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    each = 1e6 / max(1, found["requests"])
    return Reading(
        system.name,
        system.floor,
        turn,
        connections,
        rate,
        share,
        found["requests"] / found["seconds"],
        *(found[name] for name in ("p50", "p90", "p99", "p999", "max")),
        failures=found["failures"],
        repeated=bool(found["repeated"]),
        late_p99=found.get("late_p99", 0.0),
        preferred=found.get("preferred", False),
        processor=(after[0] - before[0]) * each,
        database=(after[1] - before[1]) * each,
    )


def _spent(system: System) -> tuple[float, float]:
    return processor_seconds([system.served.pid]), processor_seconds(system.databases)


def _settled(system: System) -> tuple[float, float]:
    """What a system has spent once it rests."""
    end, last = time.monotonic() + PATIENCE, _spent(system)
    while time.monotonic() < end:
        time.sleep(REST)
        now = _spent(system)
        if now[0] - last[0] <= REST * IDLE:
            return now
        last = now
    return last
