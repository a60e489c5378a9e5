"""Charts drawn by matplotlib, as SVG for a page or as one picture. Its import takes a second, and waits till then."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from adapters.charts.chart import Bars, Chart, Line, Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_WIDTH, _HEIGHT = 4.6, 3.1
_BAR, _AROUND_BARS, _LEGEND_ROW = 0.3, 1.1, 0.22
"""Inches: of a chart of lines; of each bar, of all that stands around bars, and of each row of their legend."""
_LEGEND_COLUMNS, _POINTS = 2, 72
_LONGEST_NAME: Final = 18
"""Letters of a bar's name; the table beside has it whole."""
_DOTS_PER_INCH = 160
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Told apart by colour-blind readers too (Okabe and Ito, 2008)."""
_DASHES: Final = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
_HATCHES: Final = ("", "////", "....", "xxxx", "----", "++++", "oooo")
"""Both told apart on a print without colours."""
_STYLE: Final = {
    "svg.fonttype": "none",
    "svg.hashsalt": "masking",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "lines.linewidth": 1.8,
    "lines.marker": ".",
    "lines.markersize": 4.0,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
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


def svg(chart: Chart | Bars, name: str) -> str:
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


def png(charts: Sequence[Chart | Bars]) -> bytes:
    """The charts as one picture, one below the other."""
    return _drawn(charts, "png")


def _own_ids(body: str, name: str) -> str:
    """The element with ids that no other chart of the page has."""
    return re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", body)


def _drawn(charts: Sequence[Chart | Bars], file_format: str) -> bytes:
    check_plot()
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(_STYLE):  # type: ignore[arg-type] # its keys are a Literal of hundreds
        heights = [_height(chart) for chart in charts]
        figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
        places = figure.subplots(len(charts), squeeze=False, gridspec_kw={"height_ratios": heights})
        for axes, chart in zip(places[:, 0], charts, strict=True):
            pad = 6 + _POINTS * _legend_height(chart)
            axes.set_title(chart.title, loc="left", fontsize=11, fontweight="bold", pad=pad)
            if isinstance(chart, Bars):
                _draw_bars(axes, chart)
            else:
                _draw(axes, chart)
        file = BytesIO()
        figure.savefig(
            file, format=file_format, dpi=_DOTS_PER_INCH, metadata={"Date": None} if file_format == "svg" else {}
        )
    return file.getvalue()


def _height(chart: Chart | Bars) -> float:
    if isinstance(chart, Chart):
        return _HEIGHT
    return _AROUND_BARS + _legend_height(chart) + _BAR * len(chart.names)


def _legend_height(chart: Chart | Bars) -> float:
    """The legend of bars stands between them and their title, where no bar is beneath it."""
    if isinstance(chart, Chart) or len(chart.parts) == 1:
        return 0
    return _LEGEND_ROW * -(-len(chart.parts) // _LEGEND_COLUMNS)


def _draw(axes: "Axes", chart: Chart) -> None:
    places: Any = list(chart.places)
    if chart.steps and len(places) > 1:
        # The last value holds as long as the one before it.
        places.append(2 * places[-1] - places[-2])
    if chart.scale is Scale.TIME:
        places = [datetime.fromtimestamp(place, UTC) for place in places]
    for position, line in enumerate(chart.lines):
        style: Any = {"color": _COLOURS[position % len(_COLOURS)], "linestyle": _DASHES[position % len(_DASHES)]}
        values = [*line.values, *line.values[-1:]][: len(places)]
        if chart.steps:
            style |= {"drawstyle": "steps-post", "marker": "." if len(places) == 1 else ""}
        axes.plot(places, values, label=line.name, **style)
    axes.set_xlabel(chart.across)
    axes.set_ylabel(chart.up)
    axes.set_ylim(bottom=0)
    _whole_numbers(axes.yaxis, chart.lines)
    _scale(axes, chart.scale)
    if len(chart.lines) > 1:
        axes.legend()


def _draw_bars(axes: "Axes", chart: Bars) -> None:
    ends: Sequence[float] = [0] * len(chart.names)
    for position, part in enumerate(chart.parts):
        style: Any = {"color": _COLOURS[position % len(_COLOURS)], "hatch": _HATCHES[position % len(_HATCHES)]}
        places = range(len(chart.names))
        axes.barh(places, part.values, 0.7, ends, label=part.name, edgecolor="white", **style)
        ends = [end + value for end, value in zip(ends, part.values, strict=True)]
    axes.set_yticks(range(len(chart.names)), [_shortened(name) for name in chart.names])
    axes.set_ylim(len(chart.names) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(chart.across)
    axes.grid(visible=False, axis="y")
    _whole_numbers(axes.xaxis, chart.parts)
    if len(chart.parts) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=_LEGEND_COLUMNS, borderaxespad=0.2)


def _shortened(name: str) -> str:
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[: half - 1]}…{name[-half:]}"


def _whole_numbers(axis: "Axis", lines: Sequence[Line]) -> None:
    """Whole numbers along an axis of nothing else."""
    from matplotlib import ticker  # noqa: PLC0415

    if all(isinstance(value, int) for line in lines for value in line.values):
        axis.set_major_locator(ticker.MaxNLocator(6, integer=True))
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))


def _scale(axes: "Axes", scale: Scale) -> None:
    from matplotlib import dates, ticker  # noqa: PLC0415

    if scale is Scale.TIME:
        # Both are without types in the library itself.
        locator = dates.AutoDateLocator(minticks=3, maxticks=7, tz=UTC)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))  # type: ignore[no-untyped-call]
    elif scale is Scale.HOUR_OF_DAY:
        axes.xaxis.set_major_locator(ticker.MultipleLocator(3))
        axes.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:.0f}:00"))
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(ticker.PercentFormatter(1, symbol=" %"))
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
