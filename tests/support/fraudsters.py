"""What processes do that are killed while calls are counted; each runs in a process of its own."""

from decimal import Decimal
from itertools import count
from multiprocessing.connection import Connection

from masking_core.call_records import CallReport
from masking_core.calls import IncomingCall
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from support.racers import Site
from support.world import World

BILLED_SECONDS = 10


def place(world: World, caller: str, dialled: str, call: str) -> str:
    """Why a call is answered as it is."""
    return str(world.routing.route(IncomingCall(dialled, RealNumber(caller), call)).reason)


def report(world: World, caller: str, dialled: str, call: str, price: int) -> None:
    """Report a call, at so many whole units of money a second."""
    told = CallReport(price_per_second=Decimal(price * 100), billed_seconds=BILLED_SECONDS, currency="EUR")
    reported = ReportedCall(call, "", dialled, RealNumber(caller), told=told)
    world.reports.keep(f'{{"call":"{call}","price":{price}}}'.encode(), reported)


def call_until_killed(connection: Connection, site: Site, name: str, caller: str, dialled: str) -> None:
    """Call for ever; say what is begun before, and what was answered after."""
    world = site.world(name)
    for number in count():
        call = f"{name}-{number}"
        connection.send(("calling", call, caller))
        connection.send(("answered", call, place(world, caller, dialled, call)))


def report_until_killed(connection: Connection, site: Site, name: str, caller: str, dialled: str) -> None:
    """Have calls that were put through reported for ever, likewise."""
    world = site.world(name)
    for number in count(1):
        call = f"{name}-{number}"
        if place(world, caller, dialled, call) != "ACTIVE_SESSION":
            continue
        world.record_calls()
        connection.send(("reporting", call, number % 7))
        report(world, caller, dialled, call, number % 7)
        connection.send(("reported", call, number % 7))
