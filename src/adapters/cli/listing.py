"""What every list prints."""

from collections.abc import Sequence

from google.protobuf.message import Message

from adapters.cli import messages
from adapters.cli.output import Table, note, show


def show_list(collection: str, found: Sequence[Message], table: Table, token: str, *, as_json: bool) -> None:
    """Print what was found, and how to go on when there is more."""
    document = {collection: [messages.document(each) for each in found], "next_page_token": token}
    show(document, table, as_json=as_json)
    if token and not as_json:
        note(f"There are more: --all, or --page-token {token}")
