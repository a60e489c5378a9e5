"""Charts drawn by matplotlib, as SVG for a page or as one picture. Its import takes a second, and waits till then."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from adapters.charts.chart import Chart, Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCHES = (5.2, 3.3)
_DOTS_PER_INCH = 160
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Told apart by colour-blind readers too (Okabe and Ito, 2008)."""
_DASHES: Final = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
"""Told apart on a print without colours."""
_STYLE: Final = {
    "svg.fonttype": "none",
    "svg.hashsalt": "masking",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "lines.linewidth": 1.8,
    "lines.marker": ".",
    "lines.markersize": 4.0,
    "legend.frameon": False,
}
_PROLOGUE = re.compile(r"\A.*?<svg ", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)


class PlotMissingError(Exception):
    """The library that draws is not installed; the text names the extra."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("charts need a library: pip install 'masking[plot]'")


def check_plot() -> None:
    """Raise PlotMissingError unless charts can be drawn."""
    if find_spec("matplotlib") is None:
        raise PlotMissingError


def svg(chart: Chart, name: str) -> str:
    """The chart as an ``svg`` element with a title and a description; ``name`` tells it from others on its page."""
    drawn = _PROLOGUE.sub("<svg ", _drawn([chart], "svg").decode())
    head, _, body = _METADATA.sub("", drawn).partition(">")
    view = re.search(r'viewBox="[^"]*"', head)
    told = (
        f'<title id="{name}-title">{escape(chart.title)}</title><desc id="{name}-desc">{escape(chart.summary)}</desc>'
    )
    names = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    links = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {links} {view[0] if view else ''} {names}>{told}{_own_ids(body, name)}"


def png(charts: Sequence[Chart]) -> bytes:
    """The charts as one picture, one below the other."""
    return _drawn(charts, "png")


def _own_ids(body: str, name: str) -> str:
    """The element with ids that no other chart of the page has."""
    return re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", body)


def _drawn(charts: Sequence[Chart], file_format: str) -> bytes:
    check_plot()
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(_STYLE):  # type: ignore[arg-type] # its keys are a Literal of hundreds
        width, height = _INCHES
        figure = Figure(figsize=(width, height * len(charts)), layout="constrained")
        for axes, chart in zip(figure.subplots(len(charts), squeeze=False)[:, 0], charts, strict=True):
            _draw(axes, chart)
        file = BytesIO()
        figure.savefig(
            file, format=file_format, dpi=_DOTS_PER_INCH, metadata={"Date": None} if file_format == "svg" else {}
        )
    return file.getvalue()


def _draw(axes: "Axes", chart: Chart) -> None:
    places: Any = chart.places
    if chart.scale is Scale.TIME:
        places = [datetime.fromtimestamp(place, UTC) for place in chart.places]
    for position, line in enumerate(chart.lines):
        style: Any = {"color": _COLOURS[position % len(_COLOURS)], "linestyle": _DASHES[position % len(_DASHES)]}
        drawstyle = "steps-post" if chart.steps else "default"
        axes.plot(places, line.values, label=line.name, drawstyle=drawstyle, **style)
    axes.set_title(chart.title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel(chart.across)
    axes.set_ylabel(chart.up)
    axes.set_ylim(bottom=0)
    _scale(axes, chart)
    if len(chart.lines) > 1:
        axes.legend()


def _scale(axes: "Axes", chart: Chart) -> None:
    from matplotlib import dates, ticker  # noqa: PLC0415

    axes.yaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    if chart.scale is Scale.TIME:
        # Both are without types in the library itself.
        locator = dates.AutoDateLocator(minticks=3, maxticks=7, tz=UTC)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))  # type: ignore[no-untyped-call]
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(ticker.PercentFormatter(1, symbol=" %"))
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
