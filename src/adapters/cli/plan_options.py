"""The options of ``masking plan``."""

from collections.abc import Callable
from typing import TypeVar

import click

from adapters.cli.plan_values import CHART, PERCENT, PRICE, SHARE, FactorType
from adapters.cli.values import DURATION

Command = TypeVar("Command", bound=Callable[..., object])

_SOURCES = (
    click.option(
        "--csv",
        "file",
        type=click.File("rb"),
        metavar="FILE",
        help="Sessions in columns start,end,party_a,party_b[,country]; the header line may be missing; - is stdin.",
    ),
    click.option(
        "--pool", help="A pool of the store: its policy counts, and without other sessions those it remembers."
    ),
    click.option("--sessions-per-day", type=click.IntRange(1, 100_000_000), metavar="N", help="Plan from figures."),
)
_FIGURES = (
    click.option("--session-length", type=DURATION, help="How long a session is."),
    click.option("--at-once", type=click.IntRange(1, 1_000), metavar="N", help="Sessions of one participant at once."),
    click.option(
        "--a-day",
        type=click.IntRange(1, 10_000),
        metavar="N",
        help="Sessions of one participant in a day, for the cool-off.  [default: as many as fit]",
    ),
    click.option(
        "--peak-factor",
        type=FactorType(1, 24),
        default="2",
        show_default=True,
        help="So many times the sessions of an average hour are in the busiest.",
    ),
    click.option(
        "--country", type=SHARE, multiple=True, metavar="CC[=PERCENT]", help="Where sessions are; again for more."
    ),
)
_CALLS = (
    click.option("--calls-per-session", type=FactorType(0, 1_000), default="2", show_default=True, help="On average."),
    click.option("--call-length", type=DURATION, default="2m", show_default=True, help="On average."),
    click.option(
        "--calls-at-once",
        type=click.IntRange(1, 10_000),
        default=10,
        show_default=True,
        metavar="N",
        help="How many calls one number carries at once; your provider knows.",
    ),
    click.option(
        "--blocking", type=PERCENT, default="1%", show_default=True, help="Calls that may find their number busy."
    ),
)
_POLICY = (
    click.option(
        "--geography", type=click.Choice(["none", "country"]), help="Whether a country needs its own numbers."
    ),
    click.option("--strict/--widen", default=None, help="Refuse a session rather than look in other countries."),
    click.option("--cool-off", type=DURATION, help="How long a pair of caller and number rests.  [new: 1d]"),
    click.option("--on-shortage", type=click.Choice(["reuse-early", "refuse"]), help="When every free pair rests."),
)
_RENTAL = (
    click.option("--buffer", type=PERCENT, default="20%", show_default=True, help="How much to rent on top."),
    click.option(
        "--price", type=PRICE, multiple=True, metavar="[CC=]AMOUNT", help="Of a number a month; again for more."
    ),
    click.option("--replay/--no-replay", default=True, help="Find out what happens with fewer numbers."),
    click.option("--chart", type=CHART, metavar="FILE", help="Write charts to a file that ends in .html or .png."),
)


def plan_options(command: Command) -> Command:
    """Every option of the plan, but how it is printed."""
    for option in reversed((*_SOURCES, *_FIGURES, *_CALLS, *_POLICY, *_RENTAL)):
        command = option(command)
    return command
