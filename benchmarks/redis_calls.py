"""Calls in Redis: bytes of memory for each, how fast they are recorded, and how long it takes to look at them.

Run with ``python benchmarks/redis_calls.py [calls]``; it starts a server of its own. The calls are spread over
thirty days, each with a callback and a report, between two people of some thousands, in a session of its own.
"""

import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from adapters import system
from adapters.storage.registry import open_store
from masking_core.call_records import Answer, CallQuery, CallRecord, CallReport, Outcome, Step
from masking_core.calls import Reason
from masking_core.instants import DAY, HOUR, MINUTE, SECOND
from masking_core.ports.store import Store
from masking_core.sealed import Caller, LookupKey, Sealed
from support.redis_servers import Server
from support.world import START, World

POOL = "ride-uk"
PEOPLE, NUMBERS, BATCH = 5_000, 1_000, 200
SEALED_BYTES = 49


def person(index: int) -> Caller:
    lookup = LookupKey((index * 0x9E3779B97F4A7C15 % 2**128).to_bytes(16, "big"))
    return Caller(Sealed(os.urandom(SEALED_BYTES)), (lookup,))


def a_call(index: int, calls: int) -> CallRecord:
    begin = START + index * 30 * DAY // calls
    caller, callee = person(1 + index % PEOPLE), person(1 + index * 7 % PEOPLE)
    step = Step(
        begin,
        "first",
        Reason.ACTIVE_SESSION,
        Answer.DIAL,
        POOL,
        system.new_id(),
        caller_id=f"+4420794{60_000 + index * 3 % NUMBERS}",
    )
    told = CallReport(
        Outcome.ANSWERED,
        "dial",
        begin + SECOND,
        begin + 9 * SECOND,
        90,
        99,
        90,
        Decimal("0.15"),
        "EUR",
        receive_time=begin + 2 * MINUTE,
    )
    names = (os.urandom(16).hex(), os.urandom(16).hex())
    dialled = f"+4420794{60_000 + index % NUMBERS}"
    return CallRecord(
        os.urandom(16).hex(), dialled, caller, callee, names, (step,), (told,), keep_until=begin + 90 * DAY
    )


def took(what: str, look: Callable[[], object]) -> None:
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        look()
        times.append(time.perf_counter() - begin)
    print(f"{what}: {sorted(times)[2] * 1_000:.1f} ms")


def used(server: Server) -> int:
    with server.client() as client:
        return int(client.info("memory")["used_memory"])


def fill(store: Store, calls: int, key_ids: tuple[str, ...]) -> list[CallRecord]:
    some = []
    for start in range(0, calls, BATCH):
        batch = [a_call(index, calls) for index in range(start, min(start + BATCH, calls))]
        store.record_calls(batch, key_ids)
        some.append(batch[0])
    return some


def main(calls: int) -> None:
    server = Server(append_only=False).start()
    world = World(open_store(f"redis://{server.address}"), now=START + 30 * DAY)
    before, begin = used(server), time.perf_counter()
    some = fill(world.store, calls, world.vault.key_ids())
    print(f"{calls / (time.perf_counter() - begin):,.0f} calls recorded a second, by one process")
    with_events = used(server) - before
    with server.client() as client:
        streams = list(client.scan_iter(match="{i??}e"))
        events = sum(client.xlen(key) for key in streams)
        client.delete(*streams)
    print(f"{(with_events - used(server) + before) / events:.0f} bytes per event, of {events:,}")
    print(f"{(used(server) - before) / calls:.0f} bytes per call, of {calls:,}, without its events")
    one = some[len(some) // 2]
    took("a page of fifty", lambda: world.store.list_calls(CallQuery(pool=POOL)))
    took("a page of a number's", lambda: world.store.list_calls(CallQuery(dialled=one.dialled)))
    lookups = tuple(one.lookups())
    took("a page of a person's", lambda: world.store.list_calls(CallQuery(lookups=lookups)))
    took("a call by the provider's name", lambda: world.store.find_calls(one.correlation_ids[0]))
    hour = CallQuery(pool=POOL, begin=START + 15 * DAY, end=START + 15 * DAY + HOUR, limit=1_000_000)
    took("every call of an hour", lambda: world.store.list_calls(hour))
    took("the versions of a month", lambda: world.store.counted_hours(POOL, START, START + 30 * DAY))
    world.store.close()
    server.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
