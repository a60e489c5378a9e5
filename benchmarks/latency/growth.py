"""``python -m latency.growth``: what a callback costs as the sessions in a store become many, in ratios to the fewest.

Stores are filled in bulk through the shelves by which stores are copied, with sealed numbers that can be opened: what
a callback meets is what an opening leaves. Calls come from sessions drawn at random, one after the other; beside each
stands an empty handler of the same moment. Memory keeps every session as an object, so that it is filled with no more
than ``MOST_IN_MEMORY``; every other store is filled whole.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import falcon
from rich.console import Console
from rich.table import Table

from adapters.composition import wire
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from callback import Empty, Post, poster
from edge.edge_client import CALLBACK_URL, CREDENTIAL, callback_body, settings
from latency.systems import OWN_STORES, Laboratory
from masking_core.instants import DAY, Instant
from masking_core.moving import StoredSession
from masking_core.phone_number import RealNumber
from masking_core.pools import Geography
from masking_core.ports.keys import Vault
from masking_core.sealed import Caller, side_place
from masking_core.sessions import Leg, Session, Side
from masking_core.signature import sign
from support.world import POOL, World, virtual
from webhook_edge.app import create_app

NUMBERS, BATCH, MOST_IN_MEMORY = 1_000, 2_000, 1_000_000
ROUNDS, CALLS = 15, 400
FIRST_PERSON = 10**11


def person(index: int) -> RealNumber:
    """Somebody who takes part in one session alone."""
    return RealNumber(f"+{FIRST_PERSON + index}")


def session(index: int, vault: Vault, now: Instant) -> StoredSession:
    """The session of two people of its own, who dial two numbers next to each other."""
    name, sides = f"s{index:09}", []
    for side in (0, 1):
        number, proxy = person(2 * index + side), virtual((2 * index + side) % NUMBERS)
        caller = Caller(vault.seal(number, side_place(name, side)), vault.lookups(number))
        sides.append(Side("", proxy, Geography.NONE, reused_early=False, legs=(Leg(caller, proxy),)))
    return StoredSession(Session(name, POOL, (sides[0], sides[1]), now, now, now + 30 * DAY), counts=True)


class Grown:
    """One store that grows, and the edge over it."""

    def __init__(self, url: str) -> None:
        self.store = open_store(url)
        self.world = World(self.store, RingVault.random(), now=time.time_ns() // 1_000)
        self.world.pool(NUMBERS)
        self.services = wire(self.store, self.world.vault)
        self.sessions = 0
        floor = falcon.App()
        floor.add_route("/infobip/callback", Empty())
        self.posts: tuple[Post, Post] = (poster(create_app(self.services, settings())), poster(floor))

    def grow(self, sessions: int) -> None:
        """Have so many sessions in all."""
        shelf, now = self.store.shelves().sessions, self.world.now
        for first in range(self.sessions, sessions, BATCH):
            last = min(first + BATCH, sessions)
            shelf.put([session(index, self.world.vault, now) for index in range(first, last)], now)
        self.sessions = sessions
        some = random.Random(sessions).randrange(2 * sessions)
        assert self.world.dials(person(some).e164, virtual(some % NUMBERS)), "a session that was filled in is not found"

    def cost(self) -> tuple[float, float]:
        """What a callback costs in empty handlers, by the clock until answered, and in processor's time in all."""
        drawn, clock, processor = random.Random(self.sessions), ([], []), ([], [])
        for turn in range(ROUNDS):
            calls = list(self._calls(drawn, turn))
            for post, spent, computed in zip(self.posts, clock, processor, strict=True):
                began = time.perf_counter(), time.process_time()
                for body, authorization in calls:
                    post(body, authorization)
                spent.append(time.perf_counter() - began[0])
                self.services.call_log.flush(60)
                computed.append(time.process_time() - began[1])
        return _ratio(clock), _ratio(processor)

    def _calls(self, drawn: random.Random, turn: int) -> Iterator[tuple[bytes, str]]:
        for index in range(CALLS):
            caller = drawn.randrange(2 * self.sessions)
            dialled = virtual(caller % NUMBERS)
            body = callback_body(person(caller).e164, dialled, f"{self.sessions}-{turn}-{index}-{time.time_ns()}")
            yield body, sign(CALLBACK_URL, body, CREDENTIAL)


def _ratio(found: tuple[list[float], list[float]]) -> float:
    return statistics.median(found[0]) / statistics.median(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="latency.growth", description=__doc__)
    parser.add_argument("stores", nargs="*", metavar="STORE", default=list(OWN_STORES))
    parser.add_argument("--sessions", nargs="+", type=int, default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    told: dict[str, dict[int, tuple[float, float]]] = {}
    for kind in asked.stores:
        with tempfile.TemporaryDirectory(prefix="masking-bench-") as name:
            laboratory = Laboratory(Path(name))
            grown = Grown(laboratory.store(kind)[0])
            for sessions in sorted(asked.sessions):
                if kind != "memory" or sessions <= MOST_IN_MEMORY:
                    grown.grow(sessions)
                    told.setdefault(kind, {})[sessions] = grown.cost()
                    print(f"{kind}: {sessions:,} sessions are measured", file=sys.stderr)
            grown.store.close()
            laboratory.close()
    _show(told)
    if asked.results:
        (asked.results / "growth.json").write_text(json.dumps(told, indent=1))


def _show(told: dict[str, dict[int, tuple[float, float]]]) -> None:
    table = Table("store", "sessions", title="A callback as sessions grow: in empty handlers, and times the fewest")
    for heading in ("clock", "times", "processor", "times"):
        table.add_column(heading, justify="right")
    for kind, costs in told.items():
        fewest = costs[min(costs)]
        for sessions, cost in costs.items():
            cells = (
                cell for now, then in zip(cost, fewest, strict=True) for cell in (f"{now:.1f}", f"{now / then:.2f}")
            )
            table.add_row(kind, f"{sessions:,}", *cells)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
