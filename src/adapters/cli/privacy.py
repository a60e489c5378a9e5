"""``masking privacy``."""

import sys

import click

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.options import server_options
from adapters.cli.output import Record, show
from adapters.cli.values import NUMBER
from masking.v1 import privacy_service_pb2 as pb
from masking_core.phone_number import redact


@click.group
def privacy() -> None:
    """Forget people."""


@privacy.command
@click.argument("number", type=NUMBER)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@server_options
def erase(number: str, *, yes: bool, server: str | None, as_json: bool) -> None:
    """Remove all that is tied to the real NUMBER, for good. A running session of that person is closed first.

    Sessions and Infobip's reports go; calls stay as figures, without the person.
    """
    if not yes:
        _ask(number)
    with connected(server) as masking:
        done = masking.privacy.ErasePerson(pb.ErasePersonRequest(phone_number=number))
    members = [
        ("sessions closed", done.sessions_closed),
        ("sessions forgotten", done.sessions_forgotten),
        ("calls anonymised", done.calls_anonymised),
        ("reports forgotten", done.reports_forgotten),
    ]
    show(messages.document(done), Record([(name, str(count)) for name, count in members]), as_json=as_json)


def _ask(number: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here: give --yes")
    click.confirm(f"Erase all that is tied to {redact(number)}? It cannot be undone", abort=True, err=True)
