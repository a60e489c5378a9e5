"""What it takes to look at calls, as they become many: with 1 % of them in the store, and with all.

Run with ``python benchmarks/calls.py [--calls 1000000] [BACKEND ...]``; each backend gets a private store, with a
server of its own where it needs one. The calls are those of thirty days, with quiet nights, three pools of a thousand
numbers, fifty thousand people. Everything is asked through gRPC, as people do; each figure is a median, once as time
and once as the processor time of this process, which is gRPC server and client, and SQLite, but no other database. The
first summary counts every call, and beside it the server does so too, by itself, as after any start; the others read
what was counted.

Measured with a million calls, on two cores that much else kept busy, so that only processor time says much. In SQLite a
month's summary takes 0.14 s of it by reason, 0.16 by day, 0.46 by hour, 0.76 by country and 0.98 by number; the first
one, with the server's own counting beside it, 27 s. In Postgres it is 0.16, 0.19, 0.45, 0.90 and 1.0 s, and 43 s. In
empty RPCs of processor time, SQLite takes 3 to 8 for a page, whatever it is filtered by, 2 for a call by a name of its
own and 2 for explaining one; Postgres 3 to 11, 5 and 8. A page of recordings takes 66 ms in both, for it looks through
the calls. In Redis, before days were put together of hours, and in time, with little beside it: a page 13 to 16 empty
RPCs, explaining 6, a month's summary by day, hour or reason about a thousand, by number 4,700, and the first one, which
counts all calls, 108 thousand.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import grpc
import psycopg
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from adapters import system
from adapters.composition import wire
from adapters.grpc_server.server import GrpcServer
from adapters.storage.registry import open_store
from masking.v1 import call_service_pb2 as pb
from masking.v1.call_service_pb2_grpc import CallServiceStub
from masking_core.call_records import Answer, CallRecord, CallReport, Outcome, Step
from masking_core.calls import Reason
from masking_core.instants import DAY, HOUR, SECOND, Instant
from masking_core.phone_number import RealNumber
from masking_core.services.call_recording import sealed_person
from support.stores import URLS
from support.world import World, proxies

DAYS, POOLS, NUMBERS, PEOPLE = 30, ("ride-uk", "parcels-uk", "dates-uk"), 1_000, 50_000
BATCH, REPEATS, FEWEST, RECORDED = 500, 15, 100, 0.01
PER_HOUR = (1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 10, 10, 12, 10, 10, 10, 12, 14, 12, 8, 6, 4, 2, 1)
ENDS = (
    [(Reason.ACTIVE_SESSION, Outcome.ANSWERED)] * 60
    + [(Reason.ACTIVE_SESSION, Outcome.NO_ANSWER)] * 15
    + [(Reason.ACTIVE_SESSION, Outcome.BUSY)] * 8
    + [(Reason.ENDED_SESSION, Outcome.ANSWERED)] * 9
    + [(Reason.NO_SESSION, Outcome.ANSWERED)] * 6
    + [(Reason.CALLER_WITHHELD, Outcome.FAILED)] * 2
)
Dimension = pb.SummarizeRequest.Dimension


def person(index: int) -> str:
    return f"+447700{100_000 + index}"


def number(index: int) -> str:
    return f"+44207946{index:04}"


@dataclass
class Traffic:
    """Draws calls; those after ``begin`` and before the present hour."""

    world: World
    begin: Instant
    drawn: random.Random = field(default_factory=lambda: random.Random(4711))

    def calls(self, count: int) -> Iterator[CallRecord]:
        days = self.drawn.choices(range(DAYS), k=count)
        hours = self.drawn.choices(range(24), weights=PER_HOUR, k=count)
        times = sorted(
            self.begin + day * DAY + hour * HOUR + self.drawn.randrange(HOUR)
            for day, hour in zip(days, hours, strict=True)
        )
        return map(self._call, times)

    def _call(self, time: Instant) -> CallRecord:
        drawn, vault, call_id = self.drawn, self.world.vault, f"{self.drawn.getrandbits(128):032x}"
        reason, outcome = drawn.choice(ENDS)
        dialled, seconds = drawn.randrange(NUMBERS), 0
        if outcome is Outcome.ANSWERED:
            seconds = min(int(drawn.expovariate(1 / 120)) + 1, 7_200)
        caller, callee = (RealNumber(person(drawn.randrange(PEOPLE))) for _ in range(2))
        return CallRecord(
            call_id,
            number(dialled),
            sealed_person(vault, call_id, "caller", caller),
            sealed_person(vault, call_id, "callee", callee),
            (f"nm-{call_id}", f"{call_id}-r"),
            (
                Step(
                    time,
                    "0",
                    reason,
                    Answer.DIAL,
                    POOLS[dialled % len(POOLS)],
                    f"s-{drawn.randrange(10**9):09}",
                    caller_id=number(drawn.randrange(NUMBERS)),
                ),
            ),
            (
                CallReport(
                    outcome,
                    "dial",
                    time,
                    time + 8 * SECOND if seconds else None,
                    seconds,
                    seconds + 8,
                    -(-seconds // 60) * 60,
                    Decimal("0.42"),
                    "EUR",
                    f"file-{call_id}" if drawn.random() < RECORDED else "",
                    "HOSTED",
                    receive_time=time + SECOND * (seconds + 20),
                ),
            ),
            time + 90 * DAY,
        )


@dataclass
class Bench:
    """One backend, filled in two steps and looked at after each."""

    backend: str
    world: World
    begin: Instant
    figures: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    recorded: float = 0.0

    def fill(self, traffic: Traffic, count: int) -> CallRecord:
        """Record so many calls; one of them from the middle of the month."""
        batch: list[CallRecord] = []
        middle, began, drawing = None, time.perf_counter(), 0.0
        for index, call in enumerate(traffic.calls(count), start=1):
            batch.append(call)
            if index == -(-count // 2):
                middle = call
            if len(batch) == BATCH or index == count:
                since = time.perf_counter()
                self.world.store.record_calls(batch, self.world.vault.key_ids())
                drawing += time.perf_counter() - since
                batch = []
            if index % 100_000 == 0:
                print(f"{self.backend}: {index:,} calls after {time.perf_counter() - began:.0f} s", file=sys.stderr)
        self.recorded = count / drawing
        assert middle is not None
        return middle

    def look(self, middle: CallRecord, opened: tuple[str, str]) -> None:
        """Ask for everything that people ask for."""
        server = GrpcServer(wire(self.world.store, self.world.vault), "127.0.0.1:0", 4)
        server.start()
        options = (("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0))
        with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=options) as channel:
            self._ask(CallServiceStub(channel), health_pb2_grpc.HealthStub(channel), middle, opened)
        server.stop(grace=0)

    def _ask(
        self, calls: CallServiceStub, health: health_pb2_grpc.HealthStub, middle: CallRecord, opened: tuple[str, str]
    ) -> None:
        self._take("an empty RPC", lambda: health.Check(health_pb2.HealthCheckRequest()), 200)
        month = {"begin_time": stamp(self.begin), "end_time": stamp(self.begin + DAYS * DAY)}

        def summarize(*by: Dimension.ValueType) -> Callable[[], object]:
            return lambda: calls.Summarize(pb.SummarizeRequest(**month, group_by=by))

        self._take("a month's summary, nothing counted", summarize(Dimension.DIMENSION_DAY), 1)
        for name in ("DAY", "HOUR", "NUMBER", "COUNTRY", "REASON"):
            self._take(f"a month's summary by {name.lower()}", summarize(Dimension.Value(f"DIMENSION_{name}")), 5)
        at, caller = stamp(middle.time), person(0)
        lists = {
            "a page": {},
            "a page of a pool": {"pool": f"pools/{middle.pool}"},
            "a page of a pool, two weeks back": {"pool": f"pools/{middle.pool}", "end_time": at},
            "a page of a dialled number": {"dialled": middle.dialled},
            "a person's calls": {"phone_number": caller},
            "a person's calls in a pool": {"phone_number": caller, "pool": f"pools/{POOLS[0]}"},
            "a session's calls": {"session": f"sessions/{middle.session_id}"},
        }
        for what, filters in lists.items():
            self._take(what, lambda filters=filters: calls.ListCalls(pb.ListCallsRequest(**filters)))
        self._take("a page of recordings", lambda: calls.ListRecordings(pb.ListRecordingsRequest()))
        one = pb.GetCallRequest(name=f"calls/{middle.correlation_ids[0]}")
        self._take("a call by the provider's id", lambda: calls.GetCall(one))
        asked = pb.ExplainRequest(caller=opened[0], dialled=opened[1], time=at)
        self._take("explaining a call", lambda: calls.Explain(asked))

    def _take(self, what: str, ask: Callable[[], object], repeats: int = REPEATS) -> None:
        times, busy = [], []
        for _ in range(repeats):
            began, busy_before = time.perf_counter(), time.process_time()
            ask()
            times.append(time.perf_counter() - began)
            busy.append(time.process_time() - busy_before)
        self.figures.setdefault(what, []).append(statistics.median(times))
        self.processor[what] = statistics.median(busy)


def stamp(instant: Instant) -> Timestamp:
    return Timestamp(seconds=instant // SECOND)


def settle(url: str) -> None:
    """What a database does by itself in time, and the tests' own servers do not."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def measure(backend: str, count: int, folder: Path) -> Bench:
    url = URLS[backend](folder)
    store = open_store(url)
    begin = (system.now() // DAY - DAYS - 1) * DAY
    world = World(store, now=begin, ids=os.urandom(4).hex())
    for index, pool in enumerate(POOLS):
        world.pool(0, name=pool)
        world.add(*(number(each) for each in range(index, NUMBERS, len(POOLS))), pool=pool)
    dialled = proxies(world.open(person(0), person(1)))[0]
    bench, traffic = Bench(backend, world, begin), Traffic(world, begin)
    for part in (count // 100, count - count // 100):
        middle = bench.fill(traffic, part)
        settle(url)
        bench.look(middle, (person(0), dialled))
    store.close()
    return bench


def show(bench: Bench, count: int) -> None:
    title = f"{bench.backend}: {count:,} calls, recorded at {bench.recorded:,.0f} a second"
    heads = (f"with {count // 100:,}", f"with {count:,}", "times as long", "processor", "in empty RPCs")
    table = Table("", *heads, title=title)
    for what, (few, many) in bench.figures.items():
        busy, floor = bench.processor[what], bench.processor["an empty RPC"]
        few_ms, many_ms, busy_ms = (f"{each * 1e3:,.1f} ms" for each in (few, many, busy))
        table.add_row(what, few_ms, many_ms, f"{many / few:.1f}", busy_ms, f"{busy / floor:,.0f}")
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backends", metavar="BACKEND", nargs="*", help=f"of {', '.join(URLS)}; all by default")
    parser.add_argument("--calls", type=int, default=20_000, help="how many calls; 20,000 by default")
    given = parser.parse_args()
    if set(given.backends) - set(URLS) or given.calls < FEWEST:
        parser.error(f"backends are {', '.join(URLS)}, and calls a hundred or more")
    for backend in given.backends or URLS:
        with tempfile.TemporaryDirectory() as folder:
            show(measure(backend, given.calls, Path(folder)), given.calls)


if __name__ == "__main__":
    main()
