"""``python -m latency.openings``: opening and closing sessions over gRPC, beside an empty call on the same server.

The server is a process of its own, and so are the clients, each of which asks from several threads as fast as it is
answered. Turns of the two are interleaved. A pair of an opening and a closing counts as one.

What a store itself allows, without gRPC and one after the other, is told beside it: the time of such a pair in two
durable writes of one small event each, for no store can open and close a session with less. And what a pair is made of,
in the processor's time of an empty call: the two calls, the rules (a pair in memory, one after the other), what the
store adds to that, and all else: messages, access, the audit, and threads that share one interpreter.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import grpc
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rich.console import Console
from rich.table import Table

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from latency.processes import Served, processor_seconds
from latency.systems import OWN_STORES, Laboratory
from masking.v1 import session_service_pb2 as pb
from masking.v1.session_service_pb2_grpc import SessionServiceStub
from masking_core.events import Event, EventKind
from support.world import POOL, World

NUMBERS, FIRST_PERSON, STRIDE, IN_PROCESS = 1_000, 447_700_000_000, 100_000, 100
IN_MEMORY, CALLS = "memory://", 2
HEADINGS = (
    "pairs a second / empty calls",
    "in the store / two writes",
    "processor, in empty calls",
    "of it the rules",
    "of it the store",
    "of it all else, but for two calls",
)


def ask(port: int, what: str, threads: int, seconds: float, first: int) -> int:
    """How often this process was answered."""
    done, end = [0] * threads, time.monotonic() + seconds
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=(("grpc.enable_http_proxy", 0),)) as channel:
        health, sessions = health_pb2_grpc.HealthStub(channel), SessionServiceStub(channel)

        def work(index: int) -> None:
            people = count(FIRST_PERSON + (first * threads + index) * STRIDE)
            while time.monotonic() < end:
                if what == "empty":
                    health.Check(health_pb2.HealthCheckRequest())
                else:
                    sides = [pb.Participant(phone_numbers=[f"+{next(people)}"]) for _ in range(2)]
                    asked = pb.OpenSessionRequest(
                        pool=f"pools/{POOL}", participants=sides, time_to_live=Duration(seconds=3_600)
                    )
                    opened = sessions.OpenSession(asked)
                    sessions.CloseSession(pb.CloseSessionRequest(name=opened.session.name))
                done[index] += 1

        workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return sum(done)


def turn(server: Served, what: str, asked: argparse.Namespace, first: int) -> tuple[float, float]:
    """Answers in a second, and the server's seconds of processor for each."""
    command = [sys.executable, "-m", "latency.openings", "--ask", what, "--port", str(server.port)]
    command += ["--seconds", str(asked.seconds), "--threads", str(asked.threads), "--first"]
    before = processor_seconds([server.pid])
    clients = [
        subprocess.Popen([*command, str(first + index)], stdout=subprocess.PIPE) for index in range(asked.clients)
    ]
    answers = sum(int(client.communicate()[0]) for client in clients)
    return answers / asked.seconds, (processor_seconds([server.pid]) - before) / max(1, answers)


def in_process(url: str, keys: Path, turns: int) -> tuple[list[float], list[float]]:
    """Turn by turn, without gRPC: how long a pair takes, in two durable writes; and its seconds of processor."""
    store, beside, costs = open_store(url), list[float](), list[float]()
    world = World(store, FileVault(keys), now=time.time_ns() // 1_000)
    if url == IN_MEMORY:
        world.pool(NUMBERS, cool_off=0)
    people = count(FIRST_PERSON + 1_000 * STRIDE)
    event = Event(EventKind.POOL_LOW, world.now, POOL, detail="EXHAUSTED")
    for _ in range(turns):
        began, computed = time.perf_counter(), time.process_time()
        for _ in range(IN_PROCESS):
            opened = world.open(f"+{next(people)}", f"+{next(people)}")
            world.sessions.close(opened.session.session_id)
        paired = time.perf_counter()
        costs.append((time.process_time() - computed) / IN_PROCESS)
        for _ in range(2 * IN_PROCESS):
            store.append_events([event])
        beside.append((paired - began) / (time.perf_counter() - paired))
    store.close()
    return beside, costs


def served(laboratory: Laboratory, kind: str) -> tuple[Served, str, Path]:
    """A gRPC server over a store of its own with numbers in it, the store's URL, and the file of its keys."""
    url, keys = laboratory.store(kind)[0], laboratory.folder / "keys.toml"
    KeyFile.create(keys)
    store = open_store(url)
    World(store, FileVault(keys), now=time.time_ns() // 1_000).pool(NUMBERS, cool_off=0)
    store.close()
    return laboratory.grpc(url, keys), url, keys


@dataclass(frozen=True)
class Costs:
    """What was found of one store, turn by turn."""

    speeds: list[float]
    """Pairs a second beside empty calls."""
    processor: list[float]
    """A pair's seconds of the server's processor, beside an empty call's."""
    in_store: list[float]
    """A pair's time in the store, beside two durable writes."""
    rules: list[float]
    """A pair's seconds of processor in memory, without gRPC, beside an empty call's."""
    storing: list[float]
    """What the store adds to that."""

    def columns(self) -> tuple[list[float], ...]:
        """What is told: the ratios, and what a pair is made of, which adds up."""
        rest = [
            whole - CALLS - rules - storing
            for whole, rules, storing in zip(self.processor, self.rules, self.storing, strict=True)
        ]
        return self.speeds, self.in_store, self.processor, self.rules, self.storing, rest


def measure(kind: str, asked: argparse.Namespace, folder: Path) -> Costs:
    """Opening and closing on one store."""
    laboratory = Laboratory(folder)
    try:
        server, url, keys = served(laboratory, kind)
        empties, found = list[float](), Costs([], [], [], [], [])
        for each in range(asked.turns):
            empty = turn(server, "empty", asked, 0)
            pairs = turn(server, "pairs", asked, 1 + each * asked.clients)
            found.speeds.append(pairs[0] / empty[0])
            found.processor.append(pairs[1] / empty[1])
            empties.append(empty[1])
        rules = in_process(IN_MEMORY, keys, asked.turns)[1]
        beside, costs = in_process(url, keys, asked.turns)
        found.in_store.extend(beside)
        for empty_call, in_memory, whole in zip(empties, rules, costs, strict=True):
            found.rules.append(in_memory / empty_call)
            found.storing.append((whole - in_memory) / empty_call)
        return found
    finally:
        laboratory.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="latency.openings", description=__doc__)
    parser.add_argument("stores", nargs="*", metavar="STORE", default=[each for each in OWN_STORES if each != "memory"])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8, help="of each client")
    parser.add_argument("--ask", choices=("empty", "pairs"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.ask:
        print(ask(asked.port, asked.ask, asked.threads, asked.seconds, asked.first))
        return
    table = Table("store", *HEADINGS, title="An opening and a closing over gRPC: median (span)")
    for kind in asked.stores:
        with tempfile.TemporaryDirectory(prefix="masking-bench-") as name:
            found = measure(kind, asked, Path(name)).columns()
            table.add_row(kind, *(f"{statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f})" for each in found))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
