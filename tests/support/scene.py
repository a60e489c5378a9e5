"""A store that holds one of everything that can be moved, in every state it can be in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.calls import IncomingCall, call_reference
from masking_core.instants import HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.pools import Geography, Treatment
from masking_core.ports.moving import KINDS
from masking_core.ports.numbers import NumberQuery
from masking_core.ports.store import Store
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.sessions import SessionQuery, SessionState
from support.world import POOL, World, proxies, real, virtual

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
    world.pool(1, SCARCE, first=8, cool_off=0, retention=48 * HOUR)
    world.pool(3, COOLING, first=10, cool_off=24 * HOUR, retention=48 * HOUR)
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
    world.pools.drain_numbers([proxies(closed)[0]])
    swept = world.open(12, 13, time_to_live=SECOND)
    world.now += SECOND
    world.housekeeping.sweep()
    for index, view in enumerate((active, closed, active)):
        world.reports.keep(
            REPORT + b"%d" % index, ReportedCall(reference=call_reference(view.session.session_id, f"c{index}"))
        )
        world.now += SECOND
    world.reports.keep(REPORT, ReportedCall())
    world.pools.update(POOL, lambda policy: replace(policy, reuse_early=False))
    unswept = world.open(14, 15, time_to_live=SECOND)
    world.now += 2 * SECOND
    return Scene(*(view.session.session_id for view in (active, closed, swept, unswept, changed, reserving, robbed)))


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


def answers(world: World) -> dict[str, object]:
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
    }


def lived_on(world: World) -> list[object]:
    """What becomes of the same requests from here to when all is forgotten."""
    again = world.open((real(1), real(21)), 2, **REQUEST)
    longest_unused = world.open(30, 34, pool=COOLING, wanted=("", virtual(10)))
    world.reports.keep(REPORT, ReportedCall())
    came = [again, longest_unused.numbers[0], proxies(longest_unused)[0], answers(world)]
    for hours in (5, 49, 31 * 24):
        world.now += hours * HOUR
        world.housekeeping.sweep()
        came.append(answers(world))
    return came
