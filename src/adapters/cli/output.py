"""What a command prints: one JSON document, a rich table at a terminal, plain columns elsewhere."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

_GAP = "  "


class OutputClosed(Exception):
    """Whoever read the output went away. Under its own name a closed pipe would be answered by click."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; ``empty`` stands in their place when there are none.

    ``styles`` colours each row at a terminal, where it is given.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str = "none"
    styles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The members of one thing, each with its name."""

    members: Sequence[tuple[str, str]]


def show(document: Mapping[str, Any], *parts: Table | Record | str, as_json: bool) -> None:
    """Print ``document`` as JSON, or else the parts for people, one below the other."""
    if as_json:
        _print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        say(*parts)


def say(*parts: Table | Record | str) -> None:
    """Print something for people."""
    for part in parts:
        if isinstance(part, str):
            _print(printable(part))
        elif sys.stdout.isatty():
            _print_rich(part)
        else:
            _print("\n".join(_plain(part)))


def note(sentence: str) -> None:
    """Tell people something beside the result, on stderr."""
    click.echo(printable(sentence), err=True)


def printable(text: str) -> str:
    """The text without what could steer a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)


def _print(text: str) -> None:
    try:
        click.echo(text)
    except BrokenPipeError as error:
        raise OutputClosed from error


def _plain(part: Table | Record) -> list[str]:
    if isinstance(part, Record):
        return _columns(part.members)
    return _columns((part.columns, *part.rows)) if part.rows else [part.empty]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    texts = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def _print_rich(part: Table | Record) -> None:
    # Rich takes a tenth of a second to import, which a script that reads a pipe need not wait for.
    from rich import box, console, table, text  # noqa: PLC0415

    if isinstance(part, Table) and not part.rows:
        click.echo(part.empty)
        return
    is_table = isinstance(part, Table)
    grid = table.Table(box=box.SIMPLE_HEAD if is_table else None, show_header=is_table, pad_edge=False)
    names = part.columns if isinstance(part, Table) else ("", "")
    for position, name in enumerate(names):
        grid.add_column(name, overflow="fold", style="bold" if position == 0 else "")
    rows = part.rows if isinstance(part, Table) else part.members
    styles = (part.styles if isinstance(part, Table) else ()) or [""] * len(rows)
    for row, style in zip(rows, styles, strict=True):
        grid.add_row(*(text.Text(printable(cell)) for cell in row), style=style)
    console.Console().print(grid)
