"""What one callback costs beyond an empty Falcon handler, in one process and without a network: ratios of one run.

Run with ``make bench``, or with stores of your choice: ``python benchmarks/callback.py memory:// sqlite:///tmp.db``.
The time is the processor's, of all threads: sealing and recording the call, which happen behind the
answer, are in it. Rounds of the two are interleaved, and the median of the rounds counts.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from io import BytesIO
from itertools import product
from pathlib import Path

import falcon
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from adapters.composition import wire
from adapters.storage.registry import open_store
from edge.edge_client import CALLBACK_URL, CREDENTIAL, callback_body, settings
from masking_core.limits import CallLimits
from masking_core.signature import sign
from support.world import World, proxies, real
from webhook_edge.app import create_app

ROUNDS, CALLS = 15, 600

MANY = ROUNDS * CALLS
POOLS = {
    "without limits": CallLimits(),
    "with limits": CallLimits(
        caller_calls_per_minute=MANY,
        caller_concurrent_calls=MANY,
        calls_per_session=MANY,
        number_calls_per_minute=MANY,
        daily_budget=Decimal(100),
    ),
}
"""Limits that no call of this benchmark reaches."""

Post = Callable[[bytes, str], None]


class Empty:
    """The floor: a handler that reads its body and answers."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.bounded_stream.read()
        resp.data = b"{}"


def poster(app: Callable[..., Iterable[bytes]]) -> Post:
    """What posts one callback to a WSGI application."""
    statuses: list[str] = []

    def start_response(status: str, _headers: object, _error: object = None) -> None:
        statuses.append(status)

    def post(body: bytes, authorization: str) -> None:
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/infobip/callback",
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": authorization,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        b"".join(app(environ, start_response))
        if statuses.pop() != "200 OK":
            raise SystemExit("a callback was refused")

    return post


def seconds(post: Post, calls: list[tuple[bytes, str]], done: Callable[[], object]) -> float:
    """The processor's time for one call, everything behind it done."""
    began = time.process_time()
    for body, authorization in calls:
        post(body, authorization)
    done()
    return (time.process_time() - began) / len(calls)


def measure(url: str, limits: CallLimits) -> tuple[float, float]:
    """Seconds for one callback at this store, of a pool with these limits, and for one at the floor."""
    store = open_store(url)
    store.migrate()
    world = World(store)
    world.now = time.time_ns() // 1_000
    world.pool(20, limits=limits)
    dialled = [proxies(world.open(2 * index, 2 * index + 1))[0] for index in range(100)]
    services = wire(store, world.vault)
    ours, floor = poster(create_app(services, settings())), falcon.App()
    floor.add_route("/infobip/callback", Empty())
    empty = poster(floor)
    figures: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        calls = []
        for index in range(CALLS):
            body = callback_body(real(2 * (index % 100)), dialled[index % 100], f"{turn}-{index}-{time.time_ns()}")
            calls.append((body, sign(CALLBACK_URL, body, CREDENTIAL)))
        for into, post in zip(figures, (ours, empty), strict=True):
            into.append(seconds(post, calls, services.call_log.flush))
    store.close()
    return statistics.median(figures[0]), statistics.median(figures[1])


def main() -> None:
    """Measure every store named, memory and SQLite by default, and print the ratios."""
    table = Table("store", "pool", "times an empty handler", "of which over it, in empty handlers")
    with tempfile.TemporaryDirectory() as folder:
        urls = sys.argv[1:] or ("memory://", f"sqlite:///{folder}/masking.db")
        for url, (pool, limits) in product(urls, POOLS.items()):
            ours, floor = measure(url.replace("masking.db", f"{len(pool)}.db"), limits)
            table.add_row(url.partition(":")[0], pool, f"{ours / floor:.1f}", f"{(ours - floor) / floor:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
