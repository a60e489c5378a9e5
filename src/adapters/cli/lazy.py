"""Command groups that import a command when it is called, so that `masking config` never waits for gRPC."""

from collections.abc import Mapping
from importlib import import_module

import click

Commands = Mapping[str, tuple[str, str]]
"""Name of a command → ``module:attribute``, and the line that the help shows."""


class LazyGroup(click.Group):
    """A group of commands that stand in modules of their own."""

    def __init__(self, commands: Commands, help: str) -> None:  # noqa: A002 click's name
        """Take the table; nothing of it is imported."""
        super().__init__(help=help, no_args_is_help=True)
        self._table = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or None when there is none of that name."""
        del ctx
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._table.items()])
