"""``masking copy``."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from adapters import system
from adapters.cli.audit_told import tell_audit_if_keys_fit
from adapters.cli.environment import settings
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.options import json_option
from adapters.cli.output import Table, show
from adapters.cli.progress import progress_bar
from adapters.settings_values import store as store_url
from adapters.storage.registry import open_store
from masking_core.errors import CopyRefused, StoreNotReady, StoreUnavailable
from masking_core.ports.store import Store
from masking_core.services.comparison import Comparing, Comparison, Difference
from masking_core.services.copying import Copied, Copying

_COLUMNS = ("KIND", "SOURCE", "TARGET", "WRITTEN", "REMOVED", "DIGEST")
_DIGITS = 12


@click.command
@click.argument("source_url")
@click.argument("target_url")
@click.option("--verify", is_flag=True, help="Copy nothing: only compare the two stores.")
@json_option
def copy(source_url: str, target_url: str, *, verify: bool, as_json: bool) -> None:
    """Copy all that the store at SOURCE_URL holds into a new one at TARGET_URL, and prove that both answer alike.

    Everything stays sealed as it is, so no key is needed. Run it again after an interruption, and to bring over
    what has changed since; servers wait with the target until a copy is proven.

    Events are not copied, for a watcher's token belongs to its store: watchers begin anew.
    """
    with _opened("source", source_url) as source, _opened("target", target_url) as target, progress_bar() as advance:
        _make_ready(source, target, verify=verify)
        if verify:
            copied = Copied({}, {}, Comparing(source, target, advance).run(keys=True))
        else:

            def begun() -> None:
                """Have the source say so, whose audit is copied too."""
                where = f"to {target_url.partition(':')[0]} {target.store_id()}"
                tell_audit_if_keys_fit(source, settings().keys, "copy", where)

            copied = Copying(source, target, system.now, advance, begun=begun).run()
    _tell(copied, as_json=as_json)


@contextmanager
def _opened(which: str, url: str) -> Iterator[Store]:
    """The store of a URL, given back at the end. Its URL is in no error."""
    parameter = f"{which.upper()}_URL"
    if url.startswith("memory://"):
        problem = "memory:// lives in the process that serves it, and cannot be copied from here"
        raise click.BadParameter(problem, param_hint=parameter)
    try:
        store = open_store(store_url(url))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=parameter) from error
    try:
        yield store
    finally:
        store.close()


def _make_ready(source: Store, target: Store, *, verify: bool) -> None:
    """Have both stores answer; a target that is not there yet is made."""
    with _told_of("source"):
        if source.is_new():
            raise CopyRefused("there is no store at the source's URL")
        source.check()
    with _told_of("target"):
        if not verify and target.is_new():
            target.migrate()
        target.check()


@contextmanager
def _told_of(which: str) -> Iterator[None]:
    """Say which of the two stores does not answer."""
    try:
        yield
    except (StoreUnavailable, StoreNotReady) as error:
        raise type(error)(f"{which}: {error}") from error


def _tell(copied: Copied, *, as_json: bool) -> None:
    """Print what was done and how the stores compare. Raises CommandError when they differ."""
    comparison = copied.comparison
    show(_document(copied), _table(copied), *map(_line, comparison.differences), _answers(comparison), as_json=as_json)
    if not comparison.alike:
        raise CommandError(
            ExitCode.REFUSED,
            "STORES_DIFFER",
            f"the stores differ in {comparison.differing} places; "
            "if something uses the source, stop that and run `masking copy` again",
        )


def _document(copied: Copied) -> dict[str, object]:
    comparison = copied.comparison
    kinds = {
        kind: {
            "source": asdict(source),
            "target": asdict(target),
            "written": copied.written.get(kind, 0),
            "removed": copied.removed.get(kind, 0),
        }
        for kind, (source, target) in comparison.tallies.items()
    }
    return {
        "alike": comparison.alike,
        "kinds": kinds,
        "asked": dict(comparison.asked),
        "differing": comparison.differing,
        "differences": [asdict(each) for each in comparison.differences],
    }


def _table(copied: Copied) -> Table:
    rows = [
        (
            kind,
            str(source.count),
            str(target.count),
            str(copied.written.get(kind, 0)),
            str(copied.removed.get(kind, 0)),
            source.digest[:_DIGITS] if source == target else "differs",
        )
        for kind, (source, target) in copied.comparison.tallies.items()
    ]
    return Table(_COLUMNS, rows)


def _line(difference: Difference) -> str:
    return " ".join(filter(None, (difference.kind, difference.name, difference.problem)))


def _answers(comparison: Comparison) -> str:
    asked = ", ".join(f"{count} {about}" for about, count in comparison.asked.items()) or "nothing"
    return f"{'both answer alike' if comparison.alike else 'asked'}: {asked}"
