"""The options that many commands share."""

from collections.abc import Callable
from typing import TypeVar

import click

from adapters.cli.values import ADDRESS
from adapters.supervised import OPTION, Supervision

Command = TypeVar("Command", bound=Callable[..., object])

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_SERVER = click.option(
    "--server", type=ADDRESS, metavar="HOST:PORT", help="The gRPC server.  [default: the setting grpc_address]"
)
_LIMIT = click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many a page.")
_TOKEN = click.option("--page-token", default="", metavar="TOKEN", help="Begin where an earlier page ended.")
_EVERY = click.option("--all", "every", is_flag=True, help="Every page.")


def supervisor_option(command: Command) -> Command:
    """The option by which ``serve`` tells a server who looks after it."""
    return click.option(OPTION, "supervisor", type=Supervision.parse, hidden=True)(command)


def json_option(command: Command) -> Command:
    """``--json``."""
    return _JSON(command)


def server_option(command: Command) -> Command:
    """``--server``, of a command that has its own form of output."""
    return _SERVER(command)


def server_options(command: Command) -> Command:
    """``--json`` and ``--server``, of every command that talks to the server."""
    return _JSON(_SERVER(command))


def paging_options(command: Command) -> Command:
    """``--limit``, ``--page-token`` and ``--all``, of every list."""
    return _LIMIT(_TOKEN(_EVERY(command)))
