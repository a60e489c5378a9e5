"""``masking simulator``: what one does with the stand-in for Infobip that Infobip has no API for."""

from collections.abc import Mapping
from typing import Any

import click

from adapters.cli.environment import settings
from adapters.cli.infobip_session import transport
from adapters.cli.options import json_option
from adapters.cli.output import show
from adapters.cli.values import CALLER, NUMBER
from adapters.infobip.transport import Ask
from adapters.infobip_simulator.calls import STATUSES

_NUMBERS = "/simulator/numbers"


@click.group
def simulator() -> None:
    """Place calls through the stand-in of `serve --with-simulator`, and rent numbers there."""


@simulator.command
@click.argument("caller", type=CALLER)
@click.argument("dialled", type=NUMBER)
@click.option("--digits", multiple=True, help="What the caller types where the answer asks for digits.")
@click.option("--status", type=click.Choice(STATUSES), default="answered", help="How the call to the other ends.")
@json_option
def call(caller: str, dialled: str, *, digits: tuple[str, ...], status: str, as_json: bool) -> None:
    """Have CALLER (or `anonymous`) dial DIALLED: the edge is asked, obeyed, and told how the call went."""
    body = {"from": caller, "to": dialled, "digits": list(digits), "status": status}
    placed = _ask("POST", "/simulator/calls", body)
    webhooks = [f"{each['kind']} {each['status'] or each['answer']}" for each in placed["webhooks"]]
    show(placed, _words(placed), *webhooks, as_json=as_json)


@simulator.command
@click.argument("given", metavar="NUMBER...", nargs=-1, required=True, type=NUMBER)
@click.option("--country", default="GB", show_default=True, metavar="CC", help="ISO 3166-1 alpha-2.")
@click.option("--tag", multiple=True, help="What the numbers are marked with.")
@json_option
def rent(given: tuple[str, ...], *, country: str, tag: tuple[str, ...], as_json: bool) -> None:
    """Add numbers to the account."""
    _ask("POST", _NUMBERS, {"numbers": list(given), "country": country.upper(), "tags": list(tag)})
    show({"rented": list(given)}, f"rented: {' '.join(given)}", as_json=as_json)


@simulator.command
@click.argument("given", metavar="NUMBER...", nargs=-1, required=True, type=NUMBER)
@json_option
def cancel(given: tuple[str, ...], *, as_json: bool) -> None:
    """Give numbers back: they are gone, and their set-up with them."""
    _ask("DELETE", _NUMBERS, {"numbers": list(given)})
    show({"cancelled": list(given)}, f"cancelled: {' '.join(given)}", as_json=as_json)


def _ask(method: str, path: str, body: Mapping[str, Any]) -> Any:
    with transport(settings()) as connection:
        return connection.ask(Ask("the simulator's own request", method, path, body=body))


def _words(placed: Mapping[str, Any]) -> str:
    if placed["problem"]:
        return f"a dead line: {placed['problem']}"
    command = placed["commands"][-1]
    if command["command"] == "dial":
        return f"dials +{command['phoneNumber']}, who sees +{command['callerId']}"
    return f"plays {command.get('fileUrl') or 'file:' + command['fileId']}"
