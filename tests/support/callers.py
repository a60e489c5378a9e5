"""Made-up calls, for the tests of what is kept of them."""

from decimal import Decimal
from itertools import count, islice
from typing import Any

from masking_core.call_records import Answer, CallRecord, CallReport, Outcome, Step
from masking_core.calls import Reason
from masking_core.instants import DAY, Instant
from masking_core.phone_number import RealNumber
from masking_core.services.call_recording import sealed_person
from masking_core.shards import shard_of
from support.world import POOL, START, World, real, virtual


def decided(world: World, call_id: str, time: Instant = START, **told: Any) -> CallRecord:
    """A call that person 1 made to the first virtual number, as its callback was answered."""
    person = told.pop("person", 1)
    step: dict[str, Any] = {
        name: told.pop(name) for name in ("key", "reason", "answer", "pool", "session_id") if name in told
    }
    taken: dict[str, Any] = {"key": "first", "reason": Reason.NO_SESSION, "answer": Answer.PLAY, "pool": POOL, **step}
    return CallRecord(
        **{
            "call_id": call_id,
            "dialled": virtual(0),
            "caller": sealed_person(world.vault, call_id, "caller", RealNumber(real(person))),
            "steps": (Step(time, **taken),),
            "keep_until": time + DAY,
            **told,
        }
    )


def ids_of_shard(shard: int, calls: int) -> list[str]:
    """The ids of so many calls of one shard."""
    return list(islice((each for each in map("call-{}".format, count()) if shard_of(each.encode()) == shard), calls))


def reported(call_id: str, time: Instant = START, **told: Any) -> CallRecord:
    """What a report tells of a call."""
    facts = {
        "outcome": Outcome.ANSWERED,
        "inbound_seconds": 30,
        "billed_seconds": 20,
        "price_per_second": Decimal("0.15"),
        "currency": "EUR",
        "receive_time": time,
    }
    return CallRecord(call_id, reports=(CallReport(**{**facts, **told}),))


def record(world: World, *fragments: CallRecord) -> None:
    world.store.record_calls(fragments, world.vault.key_ids())
