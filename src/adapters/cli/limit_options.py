"""The options that limit how many calls a pool puts through."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

from adapters.cli.values import DURATION
from masking.v1.number_service_pb2 import PoolPolicy

Command = TypeVar("Command", bound=Callable[..., object])

_COUNTS: Final = {
    "caller_calls_per_minute": "Calls of one caller within a minute.",
    "caller_concurrent_calls": "Calls of one caller at once.",
    "session_calls_per_minute": "Calls of one session within a minute.",
    "session_concurrent_calls": "Calls of one session at once.",
    "calls_per_session": "Calls of one session in all.",
    "number_calls_per_minute": "Calls to one virtual number within a minute.",
    "number_concurrent_calls": "Calls to one virtual number at once.",
    "pool_calls_per_minute": "Calls of the pool within a minute.",
    "pool_concurrent_calls": "Calls of the pool at once.",
}
FIELDS: Final = {
    **{name: (f"limits.{name}",) for name in _COUNTS},
    "daily_budget": ("limits.daily_budget",),
    "longest_call": ("limits.longest_call",),
}
"""Option → fields of the policy."""

COUNTS: Final = tuple(_COUNTS)
"""The options that are numbers; 0 is no limit."""


def limit_options(command: Command) -> Command:
    """Every option that limits calls."""
    command = click.option("--longest-call", type=DURATION, help="Until a call's end counts as told.  [new: 4h]")(
        command
    )
    command = click.option(
        "--daily-budget", metavar="AMOUNT", help="What the calls reported on one day may cost, as 250.00."
    )(command)
    for name, text in reversed(_COUNTS.items()):
        option = "--" + name.replace("_", "-")
        command = click.option(option, type=click.IntRange(0), help=f"{text}  [new: any number]")(command)
    return command


def shown(limits: PoolPolicy.Limits) -> list[tuple[str, str]]:
    """The limits that are set, member by member."""
    found = [(name.replace("_", " "), str(getattr(limits, name))) for name in COUNTS if getattr(limits, name)]
    return [*found, *([("daily budget", limits.daily_budget)] if limits.daily_budget else [])]


def set_limits(policy: PoolPolicy, named: Mapping[str, Any]) -> None:
    """Set what the options name but spans of time."""
    for name in (*COUNTS, "daily_budget"):
        if name in named:
            setattr(policy.limits, name, named[name])
