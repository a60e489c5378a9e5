"""What becomes of callbacks when four times as many come as can be served: ratios of one run, medians of several.

Run with ``python benchmarks/overload.py``; with ``--store-ms 20`` the store takes that much longer to answer, so
that threads are what is short and not the processor. One process of the edge over SQLite; the load comes from a process
of its own, at a given rate, whatever the answers are, and that process has the last processor whenever it wants it,
where it may: else its own waiting would be taken for the edge's. First as much is sent as is answered (the
load that can be served), then a tenth of it (unloaded), then four times as much, then a tenth again.
"""

import argparse
import itertools
import os
import random
import select
import socket
import statistics
import sys
import tempfile
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from edge.edge_client import callback_body, signed_request
from edge.edge_process import SERVE, EdgeProcess, seeded
from support.ports import free_ports
from support.processes import start
from support.world import proxies, real

PAIRS, PREPARED = 50, 2_000
CONNECTIONS, CLOSED = 400, 12
SETTLED = 0.5
"""Seconds in which an edge accepts so many connections."""
UNLOADED, OVERLOAD = 0.1, 4.0
DEFAULTS = {"MASKING_EDGE_QUEUE": "", "MASKING_EDGE_QUEUE_MS": ""}
"""The edge's own, and not those of the tests."""

OK, ANSWER = b"200", 4_096
AT_ONCE = 4
"""Requests that are sent at most before it is looked whether answers have come."""
SLOW = """
import time
from masking_core.services.call_routing import CallRouting
route = CallRouting.route
def slow(routing, call):
    if {seconds}:
        time.sleep({seconds})
    return route(routing, call)
CallRouting.route = slow
"""


@dataclass(frozen=True)
class Heard:
    """What came of one phase: seconds until each answer by its kind, and how many were sent a second."""

    answered: list[float]
    shed: list[float]
    rate: float
    seconds: float


def fire(pipe: Connection, port: int, requests: list[bytes], rate: float, seconds: float) -> None:
    """Send at a rate, or with rate 0 as fast as ``CLOSED`` clients hear their answers."""
    with suppress(PermissionError):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    free = deque(socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS if rate else CLOSED))
    watch = select.epoll()
    for client in free:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watch.register(client, select.EPOLLIN)
    by_number = {client.fileno(): client for client in free}
    time.sleep(SETTLED)
    answered: list[float] = []
    shed: list[float] = []
    sent, began = 0, time.perf_counter()
    due, end = began, began + seconds
    between = itertools.cycle([random.expovariate(rate) if rate else 0.0 for _ in range(PREPARED)])
    sent_at = dict.fromkeys(by_number, 0.0)
    under_way = 0
    while (now := time.perf_counter()) < end or under_way:
        for _ in range(AT_ONCE):
            if not free or now >= end or (rate and due > now):
                break
            client = free.popleft()
            sent_at[client.fileno()] = now
            client.send(requests[sent % PREPARED])
            sent += 1
            under_way += 1
            due += next(between)
            now = time.perf_counter()
        wait = min(max(due - now, 0.0), 0.05) if rate and free and now < end else 0.05
        for number, _ in watch.poll(wait):
            client = by_number[number]
            kind = client.recv(ANSWER)[9:12]
            (answered if kind == OK else shed).append(time.perf_counter() - sent_at[number])
            under_way -= 1
            free.append(client)
    taken = max(min(time.perf_counter(), end) - began, seconds)
    for client in free:
        client.close()
    pipe.send(Heard(answered, shed, sent / taken, taken))


def phase(port: int, requests: list[bytes], rate: float, seconds: float) -> Heard:
    """One phase, from a process of its own."""
    process, connection = start(fire, port, requests, rate, seconds)
    heard: Heard = connection.recv()
    process.join()
    connection.close()
    return heard


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else 0.0


def run(seconds: float, store_ms: float, variables: dict[str, str]) -> dict[str, float]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory() as folder, seeded(Path(folder)) as world:
        world.pool(20)
        dialled = [proxies(world.open(2 * index, 2 * index + 1))[0] for index in range(PAIRS)]
        requests = [
            signed_request(callback_body(real(2 * (n % PAIRS)), dialled[n % PAIRS], f"{n}-{time.time_ns()}"))
            for n in range(PREPARED)
        ]
        program = SLOW.format(seconds=store_ms / 1_000) + SERVE
        edge = EdgeProcess(Path(folder), free_ports(1)[0], program, **variables).ready()
        try:
            phase(edge.port, requests, 0, 1)
            most = phase(edge.port, requests, 0, seconds)
            served = len(most.answered) / most.seconds
            before = phase(edge.port, requests, UNLOADED * served, seconds)
            over = phase(edge.port, requests, OVERLOAD * served, 2 * seconds)
            after = phase(edge.port, requests, UNLOADED * served, seconds)
        finally:
            edge.end()
    unloaded = p99(before.answered)
    return {
        "calls a second that can be served": served,
        "offered, as a multiple of that": over.rate / served,
        "answered, as a share of that": len(over.answered) / over.seconds / served,
        "turned away, as a share of what came": len(over.shed) / (len(over.shed) + len(over.answered)),
        "turned away when fully loaded, as a share": len(most.shed) / (len(most.shed) + len(most.answered)),
        "p99 unloaded, ms": unloaded * 1_000,
        "p99 when fully loaded / unloaded": p99(most.answered) / unloaded,
        "p99 of the answered / unloaded": p99(over.answered) / unloaded,
        "median of the answered / unloaded p99": statistics.median(over.answered) / unloaded,
        "p99 of the turned away / unloaded": p99(over.shed) / unloaded,
        "p99 afterwards / unloaded": p99(after.answered) / unloaded,
        "turned away afterwards": float(len(after.shed)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--store-ms", type=float, default=0.0)
    parser.add_argument("settings", nargs="*", help="of the edge, as in edge_threads=4")
    asked = parser.parse_args()
    given = (each.partition("=") for each in asked.settings)
    variables = {**DEFAULTS, **{f"MASKING_{name.upper()}": value for name, _, value in given}}
    runs = [run(asked.seconds, asked.store_ms, variables) for _ in range(asked.runs)]
    table = Table("", "median", "lowest", "highest")
    for name in runs[0]:
        values = [each[name] for each in runs]
        table.add_row(name, *(f"{figure:.2f}" for figure in (statistics.median(values), min(values), max(values))))
    Console().print(table)


if __name__ == "__main__":
    main()
