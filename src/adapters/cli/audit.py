"""``masking audit``."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import click

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.local_store import opened_with_keys
from adapters.cli.options import json_option
from adapters.cli.output import Table, show
from masking_core.audit import Entry
from masking_core.instants import SECOND
from masking_core.services.audit import Audit
from masking_core.services.audit_check import AuditCheck, Mark

_COLUMNS: Final = ("LINE", "TIME", "WHO", "DID", "TO", "OUTCOME")
_MARK: Final = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})")
_PAGE: Final = 500


class _MarkType(click.ParamType[Mark]):
    """``LINE:DIGEST``, as a check tells it."""

    name = "mark"

    def convert(self, value: str | Mark, param: click.Parameter | None, ctx: click.Context | None) -> Mark:
        """The mark. Fails for another form."""
        matched = value if isinstance(value, Mark) else _MARK.fullmatch(value)
        if matched is None:
            self.fail("must read LINE:DIGEST, as `masking audit verify` tells it", param, ctx)
        return matched if isinstance(matched, Mark) else Mark(int(matched[1]), bytes.fromhex(matched[2]))


@click.group
def audit() -> None:
    """Tell who did what, and check that nothing of it was altered. Works on the store; no server need run."""


@audit.command("list")
@click.option("--after", type=click.IntRange(0), metavar="LINE", help="Begin after it.  [default: the last ones]")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many lines.")
@click.option("--all", "every", is_flag=True, help="Every line.")
@json_option
def list_lines(*, after: int | None, limit: int, every: bool, as_json: bool) -> None:
    """List who did what, when, and with what outcome, the latest last."""
    with opened_with_keys() as (store, vault):
        told = Audit(store, vault)
        if every:
            after, limit = 0, sys.maxsize
        begin = max(told.last() - limit, 0) if after is None else after
        found = list(_entries(told, begin, limit))
    rows = [(str(number), _time(each), each.who, each.action, each.target, each.outcome) for number, each in found]
    members = [
        {"line": number, "time": _time(each), "who": each.who, "action": each.action}
        | {"target": each.target, "outcome": each.outcome}
        for number, each in found
    ]
    show({"lines": members}, Table(_COLUMNS, rows, empty="nothing was done yet"), as_json=as_json)


@audit.command
@click.option("--mark", type=_MarkType(), metavar="LINE:DIGEST", help="A line of an earlier check that must be there.")
@json_option
def verify(*, mark: Mark | None, as_json: bool) -> None:
    """Check that no line was altered, left out or made up, and none is missing at the end.

    Tells a mark of the last line. Keep it elsewhere than the store and give it to a later check: then even a store
    that was brought back whole from an earlier day is found out.
    """
    with opened_with_keys() as (store, vault):
        checked = AuditCheck(store, vault).run(mark)
    if checked.problem:
        raise CommandError(ExitCode.REFUSED, "AUDIT_BROKEN", f"the audit is not whole: {checked.problem}")
    head = checked.head
    document = {"first": head.first, "last": head.last, "mark": f"{head.last}:{head.digest.hex()}"}
    told = f"lines {head.first} to {head.last} are whole, mark {document['mark']}"
    show(document, told if head.last >= head.first else f"there is no line, mark {document['mark']}", as_json=as_json)


def _entries(told: Audit, after: int, limit: int) -> Iterator[tuple[int, Entry]]:
    while limit > 0 and (page := told.entries(after, min(limit, _PAGE))):
        yield from page
        after, limit = page[-1][0], limit - len(page)


def _time(entry: Entry) -> str:
    return f"{datetime.fromtimestamp(entry.time / SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
