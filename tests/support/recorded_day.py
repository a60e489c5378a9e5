"""A day's traffic as it could have been: drawn with a seed, and with totals that are known beforehand."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from masking_core.calls import Dial, IncomingCall
from masking_core.instants import HOUR, SECOND, Instant
from masking_core.phone_number import RealNumber
from support.world import START, World, proxies, real, virtual
from webhook_edge.status_reports import parse_status

SEED = 20_261_123
_STATUSES = (("answered", 70), ("no answer", 15), ("busy", 10), ("failed", 5))
_PER_HOUR = (1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 10, 10, 12, 10, 10, 10, 12, 14, 12, 8, 6, 4, 2, 1)
_PRICES = ("0.15", "0.0042", "0.3")


@dataclass
class Totals:
    """What the generator knows of the day."""

    calls: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[int] = field(default_factory=list)
    cost: Decimal = Decimal()
    spans: dict[str, list[tuple[Instant, Instant]]] = field(default_factory=dict)


def replay(world: World, calls: int, seed: int = SEED) -> Totals:
    """Open sessions, place calls, and have their reports come late, twice and out of order."""
    drawn = random.Random(seed)
    totals = Totals()
    world.pool(6, call_retention=90 * 24 * HOUR)
    pairs = [(2 * index, 2 * index + 1) for index in range(8)]
    sessions = [world.open(a, b) for a, b in pairs]
    later: list[tuple[Instant, bytes]] = []
    for index, time in enumerate(_times(drawn, calls)):
        world.now = time
        _deliver(world, later, time)
        pair, side = drawn.randrange(len(pairs)), drawn.randrange(2)
        stranger = drawn.random() < 0.1
        number = None if drawn.random() < 0.05 else real(900 + index % 90 if stranger else pairs[pair][side])
        dialled = virtual(55) if drawn.random() < 0.02 else proxies(sessions[pair])[side]
        report = _place(world, totals, drawn, f"nm-{index}", number, dialled)
        copies = drawn.choice((1, 1, 1, 2))
        later += [(time + drawn.randrange(1, 7_200) * SECOND, report) for _ in range(copies)]
    _deliver(world, later, START + 48 * HOUR)
    world.record_calls()
    return totals


def _times(drawn: random.Random, calls: int) -> Iterator[Instant]:
    hours = drawn.choices(range(24), weights=_PER_HOUR, k=calls)
    yield from sorted(START + hour * HOUR + drawn.randrange(60 * 60) * SECOND for hour in hours)


def _place(world: World, totals: Totals, drawn: random.Random, name: str, number: str | None, dialled: str) -> bytes:
    """One call, and the report that will tell of it."""
    ids = {"nmCorrelationId": name, "correlationId": f"{name}-r"}
    caller = None if number is None else RealNumber(number)
    call_id = parse_status(json.dumps(ids).encode(), UTC).call_id
    decision = world.routing.route(IncomingCall(dialled, caller, call_id, correlation_ids=tuple(ids.values())))
    if drawn.random() < 0.3:
        world.record_calls()
    totals.calls += 1
    totals.reasons[decision.reason.value] += 1
    (status,) = drawn.choices([each for each, _ in _STATUSES], [weight for _, weight in _STATUSES])
    seconds = drawn.randrange(5, 900) if status == "answered" else 0
    price, billed = drawn.choice(_PRICES), -(-seconds // 60) * 60
    totals.outcomes[status.upper().replace(" ", "_")] += 1
    if status == "answered":
        totals.seconds.append(seconds)
    totals.cost += Decimal(price) * billed / 100
    if dialled != virtual(55):
        totals.spans.setdefault(dialled, []).append((world.now, world.now + (seconds + 10) * SECOND))
    ringing = datetime.fromtimestamp(world.now / SECOND, UTC)
    told = {
        **ids,
        "action": "dial" if isinstance(decision, Dial) else "audio",
        "from": "" if number is None else number[1:],
        "to": dialled[1:],
        "status": status,
        "duration": str(seconds),
        "inboundDuration": seconds + 10,
        "calculatedDuration": billed,
        "pricePerSecond": price,
        "currency": "EUR",
        "ringingTime": ringing.strftime("%Y-%m-%d %H:%M:%S"),
    }
    if isinstance(decision, Dial):
        told["clientReferenceId"] = decision.reference
    return json.dumps(told).encode()


def _deliver(world: World, later: list[tuple[Instant, bytes]], until: Instant) -> None:
    """Post the reports that are due, the latest first."""
    due = sorted((each for each in later if each[0] <= until), reverse=True)
    later[:] = [each for each in later if each[0] > until]
    for _, body in due:
        world.reports.keep(body, parse_status(body, UTC))
