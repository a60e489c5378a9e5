"""Real processes for tests: started together, and killed without a word."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

_PRELOADED = [
    "adapters.composition",
    "adapters.storage.sqlite.store",
    "adapters.storage.postgres.store",
    "adapters.storage.redis.store",
    "support.stores",
    "support.racers",
    "support.fraudsters",
    "support.crashing",
    "support.traders",
    "support.copiers",
    "support.auditors",
]


@cache
def context() -> ForkServerContext:
    """Children come from a server that has imported all and opened nothing, so starting one is cheap."""
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload(_PRELOADED)
    before = os.environ.get("PYTHONPATH")
    # It imports what it finds by this alone, and passes over what it does not find.
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return chosen


def start(target: Callable[..., None], *arguments: object) -> tuple[ForkServerProcess, Connection]:
    """Run ``target(connection, *arguments)`` in a process of its own; what it sends comes out of the connection."""
    here, there = context().Pipe(duplex=True)
    process = context().Process(target=target, args=(there, *arguments), daemon=True)
    process.start()
    there.close()
    return process, here


def race(target: Callable[..., Any], arguments: Sequence[tuple[object, ...]]) -> list[Any]:
    """Run ``target(*arguments)`` in as many processes, let go at one moment, and return what each returned."""
    gate = context().Barrier(len(arguments))
    started = [start(_through_the_gate, gate, target, each) for each in arguments]
    results = [connection.recv() for _, connection in started]
    for process, connection in started:
        process.join()
        connection.close()
    return results


def _through_the_gate(
    connection: Connection, gate: Any, target: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    gate.wait()
    connection.send(target(*arguments))


def drain(connection: Connection) -> list[Any]:
    """All that a process sent before it died."""
    received = []
    try:
        while True:
            received.append(connection.recv())
    except (EOFError, OSError):
        return received
