"""How a command refuses a file: every line that is wrong by its number, and nothing that stands in it."""

from collections.abc import Sequence

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode

_MOST_TOLD = 20


def bad_file(message: str, **details: object) -> CommandError:
    """The failed command for a file that is wrong as a whole."""
    return CommandError(ExitCode.USAGE, "BAD_FILE", message, **details)


def bad_lines(consequence: str, problems: Sequence[tuple[int, str]]) -> CommandError:
    """The failed command for these lines: all of them in its details, the first ones in its text."""
    told = [f"line {line}: {problem}" for line, problem in problems[:_MOST_TOLD]]
    if len(problems) > _MOST_TOLD:
        told.append(f"and {len(problems) - _MOST_TOLD} more")
    return bad_file(
        "\n  ".join((f"{consequence}, because of the file's", *told)),
        lines=[{"line": line, "problem": problem} for line, problem in problems],
    )
