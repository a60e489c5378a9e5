"""``masking numbers``."""

import re
from collections.abc import Sequence
from typing import BinaryIO

import click

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.errors import CommandError
from adapters.cli.listing import show_list
from adapters.cli.number_file import NumberLine, bad_lines, read_numbers
from adapters.cli.options import paging_options, server_options
from adapters.cli.output import Table, show
from adapters.cli.progress import progress_bar
from adapters.cli.values import NUMBER
from masking.v1 import number_service_pb2 as pb

_STATES = {"in-service": pb.Number.STATE_IN_SERVICE, "draining": pb.Number.STATE_DRAINING}
_INDEX = re.compile(r"numbers\[(\d+)\][.\w]*:? ?")


@click.group
def numbers() -> None:
    """Add, list, drain and remove virtual numbers."""


@numbers.command
@click.argument("pool")
@click.argument("given", metavar="NUMBER...", nargs=-1, type=NUMBER)
@click.option(
    "--csv",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="Columns number[,country,area,voice,sms]; the header line may be missing; - is stdin.",
)
@click.option("--country", default="", metavar="CC", help="ISO 3166-1 alpha-2.  [default: the number's own]")
@click.option("--area", default="", metavar="CODE", help="National destination code.  [default: the number's own]")
@click.option("--voice/--no-voice", default=True, help="Whether they carry voice; others are never given out.")
@click.option("--sms/--no-sms", default=False, help="Whether they carry SMS.")
@server_options
def add(
    pool: str,
    given: tuple[str, ...],
    *,
    file: BinaryIO | None,
    country: str,
    area: str,
    voice: bool,
    sms: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """Put numbers into service in POOL: all of them, or none when one is refused.

    A number that is in the pool already takes the facts given, and a draining one returns to service.
    """
    if bool(given) == bool(file):
        raise click.UsageError("give either numbers or --csv")
    lines = _read(file) if file else [NumberLine(0, number, country.upper(), area, voice, sms) for number in given]
    request = pb.AddNumbersRequest(pool=messages.as_name("pools", pool), numbers=[_message(line) for line in lines])
    try:
        with connected(server) as masking:
            added = masking.numbers.AddNumbers(request).numbers
    except CommandError as error:
        raise with_line(error, lines) from error
    document = {"numbers": [messages.document(number) for number in added]}
    show(document, f"{len(added):,} numbers are in service in pool {messages.last_part(pool)}", as_json=as_json)


@numbers.command("list")
@click.option("--pool", default="", help="Of this pool.")
@click.option("--state", type=click.Choice(list(_STATES)), help="In this state.")
@click.option("--country", default="", metavar="CC", help="Of this country.")
@paging_options
@server_options
def list_numbers(
    *,
    pool: str,
    state: str | None,
    country: str,
    limit: int,
    page_token: str,
    every: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """List numbers in the order of their digits."""
    request = pb.ListNumbersRequest(
        page_size=limit,
        pool=messages.as_name("pools", pool) if pool else "",
        state=pb.Number.State.Value(f"STATE_{state.upper().replace('-', '_')}")
        if state
        else pb.Number.STATE_UNSPECIFIED,
        country=country.upper(),
    )

    def fetch(token: str) -> pb.ListNumbersResponse:
        request.page_token = token
        return masking.numbers.ListNumbers(request)

    with connected(server) as masking:
        fetched, token = messages.pages(fetch, page_token, every=every)
    found = [number for page in fetched for number in page.numbers]
    show_list("numbers", found, _table(found), token, as_json=as_json)


@numbers.command
@click.argument("given", metavar="NUMBER...", nargs=-1, required=True, type=NUMBER)
@server_options
def drain(given: tuple[str, ...], *, server: str | None, as_json: bool) -> None:
    """Give numbers no new sessions: all of them, or none. Those they have go on."""
    with connected(server) as masking:
        drained = masking.numbers.DrainNumbers(pb.DrainNumbersRequest(names=_names(given))).numbers
    show({"numbers": [messages.document(number) for number in drained]}, _table(drained), as_json=as_json)


@numbers.command
@click.argument("given", metavar="NUMBER...", nargs=-1, required=True, type=NUMBER)
@server_options
def remove(given: tuple[str, ...], *, server: str | None, as_json: bool) -> None:
    """Remove numbers that no session has, running or remembered: all of them, or none."""
    with connected(server) as masking:
        masking.numbers.RemoveNumbers(pb.RemoveNumbersRequest(names=_names(given)))
    show({"removed": list(given)}, f"removed: {' '.join(given)}", as_json=as_json)


def _read(file: BinaryIO) -> list[NumberLine]:
    with progress_bar() as advance:
        return read_numbers(file, lambda line, lines: advance("checking", line, lines))


def _message(line: NumberLine) -> pb.Number:
    return pb.Number(number=line.number, country=line.country, area=line.area, voice=line.voice, sms=line.sms)


def _names(given: Sequence[str]) -> list[str]:
    return [f"pools/-/numbers/{number}" for number in given]


def with_line(error: CommandError, lines: Sequence[NumberLine]) -> CommandError:
    """The server counts numbers; whoever wrote a file counts lines."""
    match = _INDEX.match(str(error.details.get("field", "")))
    if match is None or int(match[1]) >= len(lines) or not lines[int(match[1])].line:
        return error
    return bad_lines([(lines[int(match[1])].line, _INDEX.sub("", str(error)))])


def _table(found: Sequence[pb.Number]) -> Table:
    rows = [
        (
            number.number,
            messages.last_part(number.name.partition("/numbers/")[0]),
            number.country,
            number.area,
            " ".join(name for name, has in (("voice", number.voice), ("sms", number.sms)) if has),
            messages.word(pb.Number.State.Name(number.state), "STATE_"),
            str(number.load),
            messages.last_part(number.reserved_by),
        )
        for number in found
    ]
    return Table(("NUMBER", "POOL", "COUNTRY", "AREA", "CARRIES", "STATE", "LOAD", "RESERVED BY"), rows, "no numbers")
