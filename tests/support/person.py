"""One person in everything that a store keeps, for the tests of what is left after an erasure."""

from dataclasses import replace

from masking_core.call_records import CallQuery
from masking_core.calls import call_reference
from masking_core.instants import SECOND
from masking_core.phone_number import RealNumber
from masking_core.pools import Treatment
from masking_core.sealed import LookupKey
from masking_core.services.call_reports import ReportedCall
from masking_core.sessions import SessionQuery
from support.callers import decided, record, reported
from support.world import START, World, real, virtual


def lookups_of(world: World) -> tuple[LookupKey, ...]:
    """The look-up keys of person 1."""
    return world.vault.lookups(RealNumber(real(1)))


def scattered(world: World) -> None:
    """Person 1 in running and ended sessions, with a PIN, in calls on both sides, and in reports."""
    world.pool(6, on_no_session=Treatment.ASK_PIN)
    first, second = world.open(1, 2), world.open((real(3), real(1)), 4)
    world.sessions.close(second.session.session_id)
    for index, view in enumerate((first, second)):
        world.call(1, view.session.sides[0].proxy)
        call_id = f"reported-{index}"
        reference = call_reference(view.session.session_id, call_id)
        told = reported(call_id).reports[0]
        told_of = ReportedCall(call_id, reference, virtual(0), RealNumber(real(1)), RealNumber(real(2)), ("n",), told)
        world.reports.keep(f'{{"from":"{real(1)[1:]}","n":{index}}}'.encode(), told_of)
    called = decided(world, "called", START + SECOND, person=1)
    record(world, replace(called, callee=called.caller, caller=None))
    world.record_calls()


def seals_of(world: World) -> set[bytes]:
    """Every seal of the person's number that calls and sessions hold."""
    lookups = lookups_of(world)
    calls = world.store.list_calls(CallQuery(lookups=lookups))
    sessions = world.store.list_sessions(SessionQuery(lookups=lookups), world.now)
    people = [person for call in calls for person in (call.caller, call.callee) if person is not None]
    people += [leg.caller for session in sessions for side in session.sides for leg in side.legs]
    found: set[bytes] = {person.sealed for person in people if set(person.lookups) & set(lookups)}
    assert len(found) >= 5
    return found
