"""``masking calls``."""

from datetime import datetime, timedelta
from typing import Final

import click

from adapters.cli import messages
from adapters.cli.call_shown import call_shown, call_table
from adapters.cli.client import connected
from adapters.cli.listing import show_list
from adapters.cli.options import paging_options, server_options
from adapters.cli.output import show
from adapters.cli.time_options import span_of, time_options
from adapters.cli.values import NUMBER
from masking.v1 import call_service_pb2 as pb

_FULL: Final = click.option("--full", is_flag=True, help="Show the real numbers.")


@click.group
def calls() -> None:
    """List calls, and read what became of one."""


@calls.command("list")
@click.option("--pool", default="", help="To numbers of this pool.")
@click.option("--session", default="", help="Of this session.")
@click.option("--dialled", type=NUMBER, default=None, help="To this virtual number.")
@click.option("--phone-number", type=NUMBER, default=None, help="That this real number made or received.")
@time_options
@_FULL
@paging_options
@server_options
def list_calls(
    *,
    pool: str,
    session: str,
    dialled: str | None,
    phone_number: str | None,
    begin: datetime | None,
    end: datetime | None,
    last: timedelta | None,
    full: bool,
    limit: int,
    page_token: str,
    every: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """List calls, the latest first."""
    since, until = span_of(begin, end, last)
    request = pb.ListCallsRequest(
        page_size=limit,
        pool=messages.as_name("pools", pool) if pool else "",
        session=messages.as_name("sessions", session) if session else "",
        dialled=dialled or "",
        phone_number=phone_number or "",
        begin_time=messages.timestamp(since),
        end_time=messages.timestamp(until),
        view=view(full=full),
    )

    def fetch(token: str) -> pb.ListCallsResponse:
        request.page_token = token
        return masking.calls.ListCalls(request)

    with connected(server) as masking:
        fetched, token = messages.pages(fetch, page_token, every=every)
    found = [call for page in fetched for call in page.calls]
    show_list("calls", found, call_table(found), token, as_json=as_json)


@calls.command
@click.argument("name")
@_FULL
@server_options
def get(name: str, *, full: bool, server: str | None, as_json: bool) -> None:
    """Show call NAME: its own, or one of Infobip's ids of it."""
    with connected(server) as masking:
        call = masking.calls.GetCall(pb.GetCallRequest(name=messages.as_name("calls", name), view=view(full=full)))
    show(messages.document(call), *call_shown(call), as_json=as_json)


def view(*, full: bool) -> pb.CallView.ValueType:
    """How much of a call to ask for."""
    return pb.CALL_VIEW_FULL if full else pb.CALL_VIEW_BASIC
