"""A progress bar: on stderr, and at a terminal alone."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[str, int, int | None], None]
"""Told what is being done, how many are done, and of how many where that is known."""


@contextmanager
def progress_bar() -> Iterator[Advance]:
    """Show a bar for each kind of thing that the block advances."""
    if not sys.stderr.isatty():
        yield _show_nothing
        return
    # Rich takes a tenth of a second to import, which a script need not wait for.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn  # noqa: PLC0415

    tasks: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def advance(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.update(tasks[what], completed=done, total=total)

        yield advance


def _show_nothing(what: str, done: int, total: int | None) -> None:
    del what, done, total
