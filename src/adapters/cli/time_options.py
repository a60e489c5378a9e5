"""The options that say from when to when."""

from datetime import UTC, datetime, timedelta
from typing import Final

import click

from adapters.cli.options import Command
from adapters.cli.values import DURATION, TIME

_OPTIONS: Final = (
    click.option("--from", "begin", type=TIME, help="From this time on, in RFC 3339."),
    click.option("--to", "end", type=TIME, help="Before this time.  [default: now]"),
    click.option("--last", type=DURATION, help="The time up to now: 90m, 24h, 7d."),
)

Span = tuple[datetime | None, datetime | None]
"""From when, and before when; None where it is open."""


def time_options(command: Command) -> Command:
    """``--from``, ``--to`` and ``--last``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def span_of(begin: datetime | None, end: datetime | None, last: timedelta | None) -> Span:
    """The time that the options mean. Raises UsageError for a contradiction."""
    if last is not None and (begin is not None or end is not None):
        raise click.UsageError("give either --last, or --from and --to")
    if last is None:
        return begin, end
    now = datetime.now(UTC)
    return now - last, now
