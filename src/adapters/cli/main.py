"""The entry point: the table of commands, and one place where failures become exit codes."""

import os
import sys
from collections.abc import Sequence

import click

from adapters.cli.errors import command_error, report
from adapters.cli.exit_codes import ExitCode
from adapters.cli.lazy import LazyGroup
from adapters.cli.output import OutputClosed

_COMMANDS = {
    "serve": ("adapters.cli.serve:serve", "Run both servers of one machine."),
    "serve-grpc": ("adapters.cli.serve_grpc:serve_grpc", "Run the gRPC server alone."),
    "serve-edge": ("adapters.cli.serve_edge:serve_edge", "Run the webhook edge alone."),
    "migrate": ("adapters.cli.migrate:migrate", "Bring the store's schema up to date."),
    "copy": ("adapters.cli.copy:copy", "Copy everything from one store into another."),
    "config": ("adapters.cli.config:config", "Show the settings in force, and where each comes from."),
    "keys": ("adapters.cli.keys:keys", "Make, list and rotate keys: those that seal numbers, and callers' API keys."),
    "audit": ("adapters.cli.audit:audit", "Tell who did what, and check that nothing of it was altered."),
    "pools": ("adapters.cli.pools:pools", "Make, change and list pools."),
    "numbers": ("adapters.cli.numbers:numbers", "Add, list, drain and remove virtual numbers."),
    "sessions": ("adapters.cli.sessions:sessions", "Open, read, extend and close sessions."),
    "calls": ("adapters.cli.calls:calls", "List calls, and read what became of one."),
    "recordings": ("adapters.cli.recordings:recordings", "List, fetch and delete recordings of calls."),
    "explain": ("adapters.cli.explain:explain", "Tell what a call is answered, and why."),
    "report": ("adapters.cli.report:report", "Add calls up."),
    "events": ("adapters.cli.events:events", "Follow what happens."),
    "blocks": ("adapters.cli.blocks:blocks", "Block real numbers everywhere."),
    "privacy": ("adapters.cli.privacy:privacy", "Forget people."),
    "plan": ("adapters.cli.plan:plan", "Work out how many numbers a pool takes."),
    "infobip": ("adapters.cli.infobip:infobip", "Set up the account at Infobip, and see what is set up."),
    "simulator": ("adapters.cli.simulator:simulator", "Place calls through a stand-in for Infobip."),
    "call": ("adapters.cli.call:call", "Ask the edge what it would do with a call, as Infobip does."),
}

cli = LazyGroup(_COMMANDS, "Number masking: two people call each other and neither learns the other's number.")
cli = click.version_option(package_name="masking", prog_name="masking")(cli)


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # always a TextIOWrapper here
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], command: click.Command = cli) -> int:
    """Run one command, tell its failure on stderr, and return the exit code."""
    try:
        result = command.main(list(arguments), prog_name="masking", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except OutputClosed:
        # What Python flushes at exit must not meet the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OUTPUT_CLOSED
    except Exception as error:  # noqa: BLE001 the one place where failures become exit codes
        failure = command_error(error)
        report(failure, as_json="--json" in arguments)
        return failure.code
    return result if isinstance(result, int) else ExitCode.OK
