"""A page of HTML that needs nothing else: charts with their tables, for screens of any width and for paper."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from adapters.charts.chart import Bars, Chart, ValueTable, values_of
from adapters.charts.drawing import svg

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\dZ)?)?")


def page(title: str, lead: str, tables: Sequence[ValueTable], charts: Sequence[Chart | Bars]) -> str:
    """The page: what it is about in a sentence, tables, and charts, each with the table of its values."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = [f"<h1>{escape(title)}</h1>", f"<p>{_text(lead)}</p>", *(_table(table) for table in tables)]
    body += [_figure(chart, f"chart{position}") for position, chart in enumerate(charts, start=1)]
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>",
            *body,
            "</main>\n</body>\n</html>\n",
        )
    )


def _figure(chart: Chart | Bars, name: str) -> str:
    caption = f"<figcaption>{_text(chart.summary)}</figcaption>"
    return f"<section>\n<figure>\n{svg(chart, name)}\n{caption}\n</figure>\n{_table(values_of(chart))}\n</section>"


def _table(table: ValueTable) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns)
    rows = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in table.rows)
    caption = f"<caption>{_text(table.caption)}</caption>"
    # What scrolls must be reached by the keyboard too.
    frame = f'<div class="table" role="region" tabindex="0" aria-label="{escape(table.caption)}">'
    return f"{frame}\n<table>\n{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"


def _cells(row: Sequence[str]) -> Iterable[str]:
    first, *others = row
    yield f'<th scope="row">{_text(first)}</th>'
    yield from (f"<td>{_text(cell)}</td>" for cell in others)


def _text(text: str) -> str:
    """The text as HTML. A time is not broken over lines, which else may be behind every hyphen of it."""
    return _TIME.sub(r'<span class="whole">\g<0></span>', escape(text))
