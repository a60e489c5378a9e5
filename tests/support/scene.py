"""A store that holds one of everything that can be moved, in every state it can be in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from masking_core.access import Scope
from masking_core.audio import Announcement, Audio
from masking_core.audit import Entry
from masking_core.call_merging import without
from masking_core.call_records import CallQuery, CallReport, Outcome
from masking_core.call_settings import CallerId, CallSettings
from masking_core.calls import IncomingCall, call_reference
from masking_core.errors import NotFound
from masking_core.instants import DAY, HOUR, SECOND, Instant
from masking_core.phone_number import RealNumber
from masking_core.pins import PinPolicy
from masking_core.pools import Geography, Treatment
from masking_core.ports.moving import KINDS
from masking_core.ports.numbers import NumberQuery
from masking_core.ports.store import Store
from masking_core.sealed import pin_place
from masking_core.services.api_keys import KeyRequest
from masking_core.services.audit_check import AuditCheck
from masking_core.services.call_reports import ReportedCall
from masking_core.services.call_summaries import SummaryRequest
from masking_core.services.calls import CallView
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.sessions import SessionQuery, SessionState
from masking_core.signature import Credential
from masking_core.summaries import Dimension
from masking_core.webhooks import WebhookKind, WebhookSeen
from support.callers import decided, record, reported
from support.world import POOL, START, World, proxies, real, virtual

GUARDED = PinPolicy(length=6, tries=2, lock_after=4, lock_window=10 * HOUR, lock_time=20 * HOUR)
SCARCE, COOLING = "scarce", "cooling"
NUMBERS = 13
PEOPLE = (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 21, 25, 26, 30, 31, 34)
REPORT = b'{"action":"dial","status":"answered"}'
HELLO = Audio(file_url="https://example.org/hello.mp3")
REQUEST: dict[str, Any] = {
    "request_id": "order-1",
    "reference": "order",
    "labels": {"b": "1", "a": "2"},
    "time_to_live": 5 * HOUR,
    "call_settings": CallSettings(
        record=True,
        record_callee_announcement=False,
        caller_announcement=HELLO,
        callee_announcement=Audio(file_id="f"),
        caller_id=CallerId.FIXED,
        fixed_caller_id=virtual(1),
    ),
}


@dataclass(frozen=True)
class Scene:
    """What was made: ids of sessions by what became of them."""

    active: str
    closed: str
    swept: str
    unswept: str
    changed: str
    reserving: str
    robbed: str


def played(world: World) -> Scene:
    """Sessions of every kind in three pools; the one that expired and was not swept up comes last."""
    world.pool(
        8,
        cool_off=HOUR,
        retention=48 * HOUR,
        geography=Geography.AREA,
        countries=("GB",),
        on_ended_session=Treatment.FORWARD,
        call_centre="+442079460999",
        announcements={Announcement.NOT_ALLOWED: HELLO},
    )
    world.pool(
        1,
        SCARCE,
        first=8,
        cool_off=0,
        retention=48 * HOUR,
        on_caller_withheld=Treatment.ASK_PIN,
        pins=GUARDED,
        call_settings=CallSettings(caller_id=CallerId.DIALLED),
    )
    world.pool(
        3,
        COOLING,
        first=10,
        cool_off=24 * HOUR,
        retention=48 * HOUR,
        ended_session_period=5 * HOUR,
        on_no_session=Treatment.ASK_PIN,
        pins=GUARDED,
        call_retention=DAY,
    )
    active = world.open((real(1), real(21)), 2, **REQUEST)
    world.now += SECOND
    closed = world.open(3, 4, request_id="order-2")
    world.now += SECOND
    world.sessions.close(closed.session.session_id)
    changed = world.open(5, 6)
    world.now += SECOND
    change = SessionChange(
        changed.session.session_id, participants={0: ParticipantChange((real(25), real(26)))}, labels={"x": "y"}
    )
    world.sessions.update(change)
    reserving = world.open(7, 8, reserve_numbers=True)
    robbed = world.open(9, 10, pool=SCARCE)
    world.now += SECOND
    world.sessions.close(robbed.session.session_id)
    world.now += SECOND
    world.open(9, 11, pool=SCARCE)
    for other, number in ((31, 11), (32, 12), (33, 10)):
        cooled = world.open(30, other, pool=COOLING, wanted=(virtual(number), virtual(number)))
        world.now += SECOND
        world.sessions.close(cooled.session.session_id)
    world.open(35, 36, pool=COOLING, wanted=(virtual(12), virtual(12)))
    world.pools.drain_numbers([proxies(closed)[0]])
    swept = world.open(12, 13, time_to_live=SECOND)
    world.now += SECOND
    happened_before(world)
    world.housekeeping.sweep()
    for index, view in enumerate((active, closed, active)):
        world.reports.keep(
            REPORT + b"%d" % index, ReportedCall(reference=call_reference(view.session.session_id, f"c{index}"))
        )
        world.now += SECOND
    world.reports.keep(REPORT, ReportedCall())
    world.pools.update(POOL, lambda policy: replace(policy, reuse_early=False))
    happened(world, active.session.session_id)
    unswept = world.open(14, 15, time_to_live=SECOND)
    world.now += 2 * SECOND
    return Scene(*(view.session.session_id for view in (active, closed, swept, unswept, changed, reserving, robbed)))


def happened_before(world: World) -> None:
    """Calls of hours that were counted: of one they are forgotten, of the other one was reported since."""
    record(world, decided(world, "gone", START - 3 * HOUR, keep_until=START), decided(world, "old", START - 2 * HOUR))
    world.summaries.summarize(SummaryRequest(START - 3 * HOUR, START))
    record(world, reported("old", START - HOUR))


def happened(world: World, active: str) -> None:
    """Calls answered in every way, one number on which too many PINs were tried, and webhooks."""
    dialled = proxies(world.sessions.get(active))[0]
    for call in (
        IncomingCall(dialled, RealNumber(real(1)), "dialled", correlation_ids=("name-1", "name-2")),
        IncomingCall(dialled, RealNumber(real(40)), "erased"),
        IncomingCall("+442079460900", RealNumber(real(40)), "nowhere"),
        IncomingCall(virtual(10), None, "pin"),
        IncomingCall(virtual(10), None, "pin", "000000"),
    ):
        world.routing.route(call)
    world.record_calls()
    report = CallReport(Outcome.ANSWERED, "dial", outbound_seconds=60, billed_seconds=61)
    called = ReportedCall(
        "dialled", call_reference(active, "dialled"), dialled, RealNumber(real(1)), RealNumber(real(2)), told=report
    )
    world.reports.keep(b"{}", called)
    world.reports.keep(b"[]", replace(called, call_id="concluded", correlation_ids=("name-2",)))
    known = world.store.get_call("erased")
    assert known is not None
    erased = without(known, world.vault.lookups(RealNumber(real(40))))
    assert world.store.replace_call(known, erased, world.vault.key_ids())
    for number in range(GUARDED.lock_after + 1):
        world.store.take_try(virtual(8), f"guess-{number}", b"guess", GUARDED, world.now)
    assert world.store.is_locked(virtual(8), world.now)
    world.blocks.add(RealNumber(real(45)), "abuse")
    pairs = (Credential("old", "secret"), Credential("new", "secret"))
    WebhookCredentials(world.store, world.vault).change(lambda known: known.accepting(pairs))
    audited(world)
    world.store.note_webhooks(
        [WebhookSeen(WebhookKind.CALLBACK, "old", START), WebhookSeen(WebhookKind.REPORT, "new", START + 1)]
    )


def audited(world: World) -> None:
    """Two API keys, one of them revoked, and an audit whose first lines are forgotten."""
    first, _ = (world.api_keys.create(KeyRequest(name, list(Scope))).key for name in ("ops", "billing"))
    world.api_keys.revoke(first.key_id)
    world.audit.extend([Entry(START + index, "local", "did", f"{index}", "OK") for index in range(12)])
    world.audit.trim(START + 2)


def call_again(world: World) -> None:
    """A call more in an hour that was counted, and a report more in one that was not."""
    world.noted.clear()
    world.routing.route(IncomingCall(virtual(10), RealNumber(real(40)), "later"))
    world.record_calls()
    record(world, reported("gone", START - 3 * HOUR), reported("old", START, outcome=Outcome.BUSY, billed_seconds=99))


def contents(store: Store) -> dict[str, dict[str, object]]:
    """Every record of a store, by kind and id."""
    found: dict[str, dict[str, object]] = {}
    for kind in KINDS:
        found[kind] = {}
        after = ""
        while page := store.shelves().of(kind).page(after, 3):
            found[kind].update(page)
            *_, after = page
    return found


def told(views: Sequence[SessionView]) -> list[tuple[object, ...]]:
    """Sessions without the seals, which are new for every session that is opened."""
    return [(view.session.session_id, view.session.version, view.state, view.numbers, proxies(view)) for view in views]


def recorded(world: World) -> dict[str, object]:
    """What is told of calls, of what guards PINs, of webhooks, and of who is blocked."""
    people = [RealNumber(real(person)) for person in (1, 2, 21, 40)]
    queries = [
        CallQuery(),
        CallQuery(pool=COOLING),
        CallQuery(pool=POOL, begin=START),
        *(CallQuery(lookups=world.vault.lookups(person)) for person in people),
        *(CallQuery(dialled=virtual(number)) for number in range(NUMBERS)),
        *(CallQuery(session_id=view.session.session_id) for view in world.sessions.list(SessionQuery())),
    ]
    webhooks = WebhookCredentials(world.store, world.vault)
    dimensions = (Dimension.POOL, Dimension.HOUR, Dimension.NUMBER, Dimension.REASON, Dimension.OUTCOME)
    return {
        "lists": [list(map(opened, world.calls.list(query))) for query in queries],
        "names": [found(world, name) for name in ("dialled", "name-1", "name-2", "gone")],
        "summary": world.summaries.summarize(SummaryRequest(START - 3 * HOUR, world.now + HOUR, dimensions=dimensions)),
        "explained": [
            explained(world, person, dialled, time)
            for person in people
            for dialled in (0, 8, 10)
            for time in (None, START)
        ],
        "locked": [world.store.is_locked(virtual(number), world.now) for number in range(NUMBERS)],
        "webhooks": (webhooks.load(), list(webhooks.seen())),
        "blocks": [(view.number, view.block.note, view.block.create_time) for view in world.blocks.list("", 10)],
        "blocked": [world.call(45, virtual(number)).reason for number in range(NUMBERS)],
        "access": world.api_keys.table(),
        "audit": (world.audit.entries(), AuditCheck(world.store, world.vault).run()),
    }


def opened(view: CallView) -> tuple[object, ...]:
    """A call without the seals, which are new for every one that is recorded."""
    return replace(view.call, caller=None, callee=None), view.caller, view.callee


def found(world: World, name: str) -> object:
    try:
        return opened(world.calls.get(name))
    except NotFound:
        return None


def explained(world: World, person: RealNumber, dialled: int, time: Instant | None) -> tuple[object, ...]:
    told = world.explaining.explain(person, virtual(dialled), time)
    sessions = [(each.session.session_id, each.side, each.was_active) for each in told.sessions]
    return told.decision, told.findings, sessions, [call.call_id for call in told.calls]


def entered(world: World) -> list[object]:
    """What becomes of whoever types the PIN of a participant, on the number that the participant dials."""
    return [
        world.routing.route(IncomingCall(side.proxy, None, f"{session.session_id}-{index}", pin.decode()))
        for session in (view.session for view in world.sessions.list(SessionQuery()))
        for index, side in enumerate(session.sides)
        if side.pin is not None
        for pin in (world.vault.unseal_bytes(side.pin.sealed, pin_place(session.session_id, index)),)
    ]


def answers(world: World) -> dict[str, Any]:
    """How every call would be decided, and what is listed."""
    callers = [None, *(RealNumber(real(person)) for person in PEOPLE)]
    return {
        "calls": [
            world.routing.route(IncomingCall(virtual(dialled), caller, "c"))
            for dialled in range(NUMBERS)
            for caller in callers
        ],
        "participants": [
            told(world.sessions.list(SessionQuery(lookups=world.vault.lookups(caller)))) for caller in callers if caller
        ],
        "states": [told(world.sessions.list(SessionQuery(state=state))) for state in (None, *SessionState)],
        "references": told(world.sessions.list(SessionQuery(reference="order"))),
        "numbers": world.pools.list_numbers(NumberQuery()),
        "pools": world.pools.list("", 10),
        "usages": [world.pools.usage(name) for name in (POOL, SCARCE, COOLING)],
        "pins": entered(world),
        **recorded(world),
    }


def lived_on(world: World) -> list[object]:
    """What becomes of the same requests from here to when all is forgotten."""
    again = world.open((real(1), real(21)), 2, **REQUEST)
    longest_unused = world.open(30, 34, pool=COOLING, wanted=("", virtual(10)))
    world.reports.keep(REPORT, ReportedCall())
    call_again(world)
    came = [again, longest_unused.numbers[0], proxies(longest_unused)[0], answers(world)]
    for hours in (5, 49, 31 * 24):
        world.now += hours * HOUR
        world.housekeeping.sweep()
        came.append(answers(world))
    return came
