"""``masking blocks``."""

import click

from adapters.cli import messages
from adapters.cli.client import connected
from adapters.cli.listing import show_list
from adapters.cli.options import paging_options, server_options
from adapters.cli.output import Record, Table, show
from adapters.cli.values import NUMBER
from masking.v1 import block_service_pb2 as pb
from masking.v1.session_service_pb2 import SESSION_VIEW_BASIC, SESSION_VIEW_FULL
from masking_core.phone_number import redact


@click.group
def blocks() -> None:
    """Block real numbers everywhere: their calls are refused, and they take part in no session."""


@blocks.command
@click.argument("number", type=NUMBER)
@click.option("--note", default="", help="Why, for people.")
@server_options
def add(number: str, *, note: str, server: str | None, as_json: bool) -> None:
    """Block the real NUMBER and close its running sessions."""
    with connected(server) as masking:
        block = masking.blocks.AddBlock(pb.AddBlockRequest(phone_number=number, note=note))
    members = [("blocked", block.phone_number), ("since", messages.time(block.create_time)), ("note", block.note)]
    show(messages.document(block), Record([member for member in members if member[1]]), as_json=as_json)


@blocks.command("list")
@click.option("--full", is_flag=True, help="Show the real numbers.")
@paging_options
@server_options
def list_blocks(*, full: bool, limit: int, page_token: str, every: bool, server: str | None, as_json: bool) -> None:
    """List the blocked numbers, the oldest block first."""
    request = pb.ListBlocksRequest(page_size=limit, view=SESSION_VIEW_FULL if full else SESSION_VIEW_BASIC)

    def fetch(token: str) -> pb.ListBlocksResponse:
        request.page_token = token
        return masking.blocks.ListBlocks(request)

    with connected(server) as masking:
        fetched, token = messages.pages(fetch, page_token, every=every)
    found = [block for page in fetched for block in page.blocks]
    rows = [(block.phone_number, messages.time(block.create_time), block.note) for block in found]
    show_list("blocks", found, Table(("NUMBER", "SINCE", "NOTE"), rows, "no blocks"), token, as_json=as_json)


@blocks.command
@click.argument("number", type=NUMBER)
@server_options
def remove(number: str, *, server: str | None, as_json: bool) -> None:
    """Block the real NUMBER no longer. Sessions that were closed stay closed."""
    with connected(server) as masking:
        masking.blocks.RemoveBlock(pb.RemoveBlockRequest(phone_number=number))
    show({}, f"{redact(number)} is not blocked any more", as_json=as_json)
