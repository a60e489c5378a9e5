"""``python -m latency.growth``: what a callback costs as the sessions in a store become many, in ratios to the fewest.

Each number of sessions has a store of its own, and all are measured turn by turn, beside an empty handler of the same
moment. They are filled in bulk through the shelves by which stores are copied, with sealed numbers that can be opened:
what a callback meets is what an opening leaves. Calls come from sessions drawn at random, one after the other. Memory
keeps every session as an object, so that it is filled with no more than ``MOST_IN_MEMORY``; every other store is
filled whole. A store that lies in files is measured twice: as it was filled, when most of what a call meets has not
been read since it was written, and once the files that callbacks read have been read from end to end, as those of a
service that has been up for a while. With ``--results`` they are told beside what an earlier run told of other stores.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import falcon
from rich.console import Console
from rich.table import Table

from adapters.composition import wire
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from callback import Empty, Post, poster
from edge.edge_client import CALLBACK_URL, CREDENTIAL, callback_body, settings
from latency import plots
from latency.machine import described
from latency.systems import OWN_STORES, ROOT, Laboratory
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
FILE = "growth.json"


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
    """One store with so many sessions, and the edge over it."""

    def __init__(self, url: str, sessions: int) -> None:
        self.url, self.store = url, open_store(url)
        self.store.migrate()
        self.world = World(self.store, RingVault.random(), now=time.time_ns() // 1_000)
        self.world.pool(NUMBERS)
        self.services = wire(self.store, self.world.vault)
        self.sessions = sessions
        self._fill()
        self._drawn = random.Random(sessions)
        self._post = poster(create_app(self.services, settings()))

    def _fill(self) -> None:
        shelf, now = self.store.shelves().sessions, self.world.now
        for first in range(0, self.sessions, BATCH):
            last = min(first + BATCH, self.sessions)
            shelf.put([session(index, self.world.vault, now) for index in range(first, last)], now)
        some = random.Random(self.sessions).randrange(2 * self.sessions)
        assert self.world.dials(person(some).e164, virtual(some % NUMBERS)), "a session that was filled in is not found"

    def cost(self) -> tuple[float, float]:
        """What calls cost, by the clock until they are answered, and in processor's time in all."""
        return spent(self._post, self.calls(), lambda: self.services.call_log.flush(60))

    def calls(self) -> Iterator[tuple[bytes, str]]:
        for _ in range(CALLS):
            caller = self._drawn.randrange(2 * self.sessions)
            dialled = virtual(caller % NUMBERS)
            body = callback_body(person(caller).e164, dialled, f"{caller}-{time.time_ns()}")
            yield body, sign(CALLBACK_URL, body, CREDENTIAL)


def spent(post: Post, calls: Iterable[tuple[bytes, str]], finish: Callable[[], object]) -> tuple[float, float]:
    """The seconds until calls are answered, and those of the processor until all is done."""
    prepared = list(calls)
    began, computed = time.perf_counter(), time.process_time()
    for body, authorization in prepared:
        post(body, authorization)
    answered = time.perf_counter() - began
    finish()
    return answered, time.process_time() - computed


Costs = dict[int, list[tuple[float, float]]]
"""By the number of sessions, turn by turn: what a callback costs in empty handlers, by the clock and in all."""


def measured(every: Sequence[Grown]) -> Costs:
    """What a callback costs with each number of sessions."""
    floor = falcon.App()
    floor.add_route("/infobip/callback", Empty())
    empty = poster(floor)
    costs: Costs = {each.sessions: [] for each in every}
    for _ in range(ROUNDS):
        for each in every:
            clock, processor = each.cost()
            nothing = spent(empty, each.calls(), lambda: None)
            costs[each.sessions].append((clock / nothing[0], processor / nothing[1]))
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(prog="latency.growth", description=__doc__)
    parser.add_argument("stores", nargs="*", metavar="STORE", default=list(OWN_STORES))
    parser.add_argument("--sessions", nargs="+", type=int, default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    if asked.results:
        asked.results.mkdir(parents=True, exist_ok=True)
    told = _told_before(asked.results)
    for kind in asked.stores:
        with tempfile.TemporaryDirectory(prefix="masking-bench-") as name:
            laboratory, every = Laboratory(Path(name)), list[Grown]()
            try:
                for sessions in sorted(asked.sessions):
                    if kind != "memory" or sessions <= MOST_IN_MEMORY:
                        every.append(Grown(laboratory.store(kind, f"{sessions}")[0], sessions))
                        print(f"{kind}: {sessions:,} sessions are there", file=sys.stderr)
                if every:
                    _tell(told, kind, every)
                if every and all(laboratory.read_once(kind, each.url) for each in every):
                    _tell(told, f"{kind}, read once", every)
                for grown in every:
                    grown.store.close()
            finally:
                laboratory.close()
            _keep(told, asked.results)
    _show(told, Console(width=100))


def _keep(told: Mapping[str, Any], results: Path | None) -> None:
    """Write down what is known so far: the next store may take an hour to be filled."""
    if results:
        (results / FILE).write_text(json.dumps(told, indent=1))
        plots.draw_growth({kind: _ratios(each["costs"]) for kind, each in told.items()}, results)
        with (results / "growth.txt").open("w") as file:
            _show(told, Console(width=100, file=file))


def _tell(told: dict[str, Any], name: str, every: Sequence[Grown]) -> None:
    costs = measured(every)
    told[name] = {"machine": described(ROOT), "costs": {str(number): costs[number] for number in costs}}


def _told_before(results: Path | None) -> dict[str, Any]:
    """What an earlier run kept of stores: to fill one takes so long that not all are measured in one run."""
    file = results / FILE if results else None
    told: dict[str, Any] = json.loads(file.read_text()) if file and file.exists() else {}
    return told


def _ratios(costs: Mapping[str, Sequence[Sequence[float]]]) -> dict[int, tuple[float, float]]:
    """By the number of sessions, times what a callback costs with the fewest: by the clock, and in processor's time."""
    by_number = {int(number): found for number, found in costs.items()}
    fewest = by_number[min(by_number)]
    return {
        number: (
            statistics.median(now[0] / then[0] for now, then in zip(found, fewest, strict=True)),
            statistics.median(now[1] / then[1] for now, then in zip(found, fewest, strict=True)),
        )
        for number, found in sorted(by_number.items())
    }


def _show(told: Mapping[str, Any], console: Console) -> None:
    table = Table("store", "sessions", title="A callback as sessions grow: in empty handlers, and times the fewest")
    for heading in ("clock", "times", "processor", "times"):
        table.add_column(heading, justify="right")
    for kind, each in told.items():
        for number, ratios in _ratios(each["costs"]).items():
            cells = list[str]()
            for kind_of_time in (0, 1):
                cells.append(f"{statistics.median(turn[kind_of_time] for turn in each['costs'][str(number)]):.1f}")
                cells.append(f"{ratios[kind_of_time]:.2f}")
            table.add_row(kind, f"{number:,}", *cells)
    console.print(table)


if __name__ == "__main__":
    main()
