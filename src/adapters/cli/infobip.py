"""``masking infobip``."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from adapters.cli.environment import settings
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.infobip_rotate import rotate
from adapters.cli.infobip_session import DEFAULT_PAUSE, Account, account, new_credential
from adapters.cli.infobip_status import status
from adapters.cli.options import Command, server_options
from adapters.cli.output import Table, show
from adapters.cli.progress import progress_bar
from adapters.cli.values import NUMBER
from adapters.infobip.applying import Applying
from adapters.infobip.desired import Desired, read_desired
from adapters.infobip.observed import Advance, Observed, observe
from adapters.infobip.planning import Action, Plan, make_plan
from adapters.infobip.uploads import Uploads

_SHOWN: Final = 3
_REMOVING: Final = {Action.DRAIN_GONE, Action.DRAIN, Action.UNASSIGN, Action.DELETE}
_CHANGING: Final = {Action.UPDATE, Action.MOVE, Action.TAKE_OVER}


@click.group
def infobip() -> None:
    """Set up the account at Infobip, and see what is set up."""


@click.group
def credentials() -> None:
    """The credentials that Infobip signs webhooks with."""


infobip.add_command(status)
infobip.add_command(credentials)
credentials.add_command(rotate)


def _plan_options(command: Command) -> Command:
    """The options that say what shall be."""
    options: tuple[Callable[[Command], Command], ...] = (
        click.option(
            "--file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="What shall be set up.  [default: infobip.toml if it is there, else the settings]",
        ),
        click.option("--prune", is_flag=True, help="Also remove what is ours and is not named."),
        click.option("--take-over", multiple=True, type=NUMBER, help="A number whose other voice action may go."),
    )
    for option in reversed(options):
        command = option(command)
    return server_options(command)


@infobip.command
@_plan_options
def plan(*, file: Path | None, prune: bool, take_over: tuple[str, ...], server: str | None, as_json: bool) -> int:
    """Show what `apply` would change, and change nothing.

    Exits with 2 when something is not as it shall be, and with 0 when all is.
    """
    desired = read_desired(file, settings())
    with account(settings(), server) as opened, progress_bar() as advance:
        made, _ = _planned(opened, desired, advance, take_over=take_over, prune=prune)
    _show(made, as_json=as_json)
    return ExitCode.USAGE if made.changes or made.conflicts else ExitCode.OK


@infobip.command
@_plan_options
@click.option(
    "--pause",
    type=click.FloatRange(0, 3600),
    default=DEFAULT_PAUSE,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until every edge process accepts new credentials.",
)
def apply(
    *, file: Path | None, prune: bool, take_over: tuple[str, ...], pause: float, server: str | None, as_json: bool
) -> None:
    """Set up what shall be, and put the numbers into their pools.

    Run it again after an interruption: it goes on where it was. Another voice action of a number is never
    overwritten unless `--take-over` names the number.
    """
    desired = read_desired(file, settings())
    with account(settings(), server) as opened, progress_bar() as advance:
        made, observed = _planned(opened, desired, advance, take_over=take_over, prune=prune)
        applying = Applying(
            opened.client, opened.table, _uploads(opened), accept=opened.accept(pause), make=new_credential
        )
        if made.changes:
            with opened.audited("infobip apply", desired.draft.name):
                applying.apply(made, desired, observed, advance)
    _show(made, as_json=as_json, done=True)
    if made.conflicts:
        raise CommandError(ExitCode.REFUSED, "CONFLICT", "some of it is not set up: see the conflicts above")


def _planned(
    opened: Account, desired: Desired, advance: Advance, *, take_over: tuple[str, ...], prune: bool
) -> tuple[Plan, Observed]:
    observed = observe(opened.client, opened.table, opened.accepted(), advance)
    return make_plan(desired, observed, _uploads(opened), take_over=take_over, prune=prune), observed


def _uploads(opened: Account) -> Uploads:
    return Uploads(opened.settings.data_dir / "infobip-uploads.json", opened.settings.infobip_base_url)


def _show(made: Plan, *, as_json: bool, done: bool = False) -> None:
    document: dict[str, Any] = {
        "changes": [
            {"action": each.action.value, "name": each.name, "detail": each.detail, "pool": each.pool}
            for each in made.changes
        ],
        "conflicts": [{"name": each.name, "problem": each.problem} for each in made.conflicts],
    }
    counts = Counter(each.action for each in made.changes)
    told = ", ".join(f"{count:,} {action.value}" for action, count in counts.items())
    summary = f"{'done' if done else 'to do'}: {told}" if told else "Infobip is set up as it shall be"
    parts: list[Table | str] = [_table(made)] if made.changes or made.conflicts else []
    if made.conflicts:
        summary += f"; conflicts: {len(made.conflicts):,}"
    show(document, *parts, summary, as_json=as_json)


def _table(made: Plan) -> Table:
    rows: list[tuple[str, str, str]] = []
    styles: list[str] = []
    shown: Counter[Action] = Counter()
    totals = Counter(each.action for each in made.changes)
    for change in made.changes:
        shown[change.action] += 1
        if shown[change.action] <= _SHOWN:
            rows.append((change.action.value, change.name, change.detail))
        elif shown[change.action] == _SHOWN + 1:
            rows.append((change.action.value, f"and {totals[change.action] - _SHOWN:,} more", "--json lists them all"))
        else:
            continue
        styles.append(_style(change.action))
    rows += [("conflict", each.name, each.problem) for each in made.conflicts]
    styles += ["magenta"] * len(made.conflicts)
    return Table(("CHANGE", "OF", "WHY"), rows, styles=styles)


def _style(action: Action) -> str:
    return "red" if action in _REMOVING else "yellow" if action in _CHANGING else "green"
