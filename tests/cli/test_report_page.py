"""The page of `masking report --html`: what is on it, and how it looks in a browser, on a phone and on paper."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.image
import pytest

from adapters.cli.report_page import PARTS, Summaries, report_page
from adapters.grpc_server.convert_summaries import summary_message
from adapters.storage.registry import open_store
from charts.test_charts import Elements
from masking_core.call_records import Outcome
from masking_core.instants import DAY, HOUR, SECOND, Instant
from masking_core.services.call_summaries import SummaryRequest
from masking_core.summaries import Dimension
from support.browser import Tab, browsing
from support.callers import decided, record, reported
from support.recorded_day import replay
from support.world import START, World

MIDNIGHT: Instant = START - START % DAY
A_DAY, A_MONTH = (MIDNIGHT, MIDNIGHT + 2 * DAY), (MIDNIGHT, MIDNIGHT + 30 * DAY)
PHONES = (320, 360, 412)
A4_WIDTH, A4_HEIGHT = 718, 1047
"""The pixels of CSS between the margins that Chromium leaves."""


def summaries(world: World, span: tuple[Instant, Instant]) -> Summaries:
    def message(part: tuple[str, ...]) -> Any:
        request = SummaryRequest(*span, (), tuple(Dimension(each.upper()) for each in part))
        return summary_message(request, world.summaries.summarize(request))

    return Summaries(*map(message, PARTS))


@pytest.fixture(scope="module")
def world() -> World:
    """A day of traffic in London, and a call a day in a pool of many Paris numbers with a long name."""
    world = World(open_store("memory://"))
    replay(world, 200)
    long_name = "a-pool-with-quite-a-long-name-for-some-reason"
    world.pool(0, name=long_name)
    for index in range(30):
        number, time = f"+3312345{index:04}", MIDNIGHT + index * DAY + index % 24 * HOUR
        told = {"outbound_seconds": 20 + index, "outcome": Outcome.ANSWERED, "currency": "CHF" if index % 2 else "EUR"}
        record(
            world,
            decided(world, f"paris-{index}", time, pool=long_name, dialled=number),
            reported(f"paris-{index}", time + SECOND, **told),
        )
    return world


@pytest.fixture(scope="module")
def day(world: World) -> str:
    return report_page(summaries(world, A_DAY), ())


@pytest.fixture(scope="module")
def month(world: World) -> str:
    return report_page(summaries(world, A_MONTH), ("ride-uk", "pools/parcels-uk"))


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab


def headings(page: str) -> list[str]:
    return re.findall(r"<title id=[^>]*>(.*?)</title>", page)


def rows(page: str, caption: str) -> list[list[str]]:
    """The cells of a table, by its caption."""
    pattern = rf"<caption>{re.escape(caption)}</caption>.*?<tbody>(.*?)</tbody>"
    (table,) = re.findall(pattern, re.sub(r"</?span[^>]*>", "", page), re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.splitlines() if row]


def test_a_short_time_is_shown_hour_by_hour(day: str) -> None:
    assert headings(day) == [
        "Calls by hour",
        "Calls by hour of the day",
        "Calls by reason and outcome",
        "Calls by pool",
        "Calls by country of the number dialled",
        "How long calls last, by hour",
        "What calls cost, by hour: CHF",
        "What calls cost, by hour: EUR",
        "Most calls at once, by pool",
        "Most calls at once, by number",
    ]


def test_a_long_time_is_shown_day_by_day_and_its_busiest_day_hour_by_hour(month: str) -> None:
    busiest = dict(rows(month, "At a glance"))["busiest hour"]
    assert headings(month)[:3] == [
        "Calls by day",
        "Calls by hour of the day",
        f"The busiest day, {busiest[:10]}",
    ]
    assert len(rows(month, "Calls by day")) == 30
    assert len(rows(month, headings(month)[2])) == 24


def test_the_page_tells_what_the_summaries_tell(world: World, month: str) -> None:
    whole = summaries(world, A_MONTH).hours
    glance = dict(rows(month, "At a glance"))
    assert glance["calls"] == f"{whole.total.calls:,}"
    assert glance["calls in it"] == f"{whole.busiest_hour_calls:,}"
    assert sum(int(row[1]) for row in rows(month, "Calls by day")) == whole.total.calls
    assert sum(int(row[2]) for row in rows(month, "Calls by day")) == whole.total.answered
    assert sum(int(row[1]) for row in rows(month, "Calls by hour of the day")) == whole.total.calls
    by_reason = rows(month, "Calls by reason and outcome")
    assert sum(int(cell) for row in by_reason for cell in row[1:]) == whole.total.calls
    peaks = {peak.number: str(peak.calls) for peak in whole.peaks if peak.number}
    assert all(peaks[number] == calls for number, calls in rows(month, "Most calls at once, by number"))
    assert len(rows(month, "Most calls at once, by number")) == min(20, len(peaks))


def test_costs_are_exact(world: World, month: str) -> None:
    (cost,) = (each.amount for each in summaries(world, A_MONTH).hours.total.costs if each.currency == "EUR")
    assert f"In all {cost} EUR." in month
    assert "float" not in month
    assert re.search(r"\d\.\d{12}", re.sub(r"<svg.*?</svg>", "", month, flags=re.DOTALL)) is None


def test_it_says_what_it_is_of(day: str, month: str) -> None:
    plain = re.sub(r"</?span[^>]*>", "", month)
    assert "From 2027-01-15T00:00:00Z to 2027-02-14T00:00:00Z, to numbers of ride-uk, parcels-uk." in plain
    assert ", to any number." in day


def test_a_time_without_calls_is_a_page_too(world: World) -> None:
    page = report_page(summaries(world, (MIDNIGHT - 9 * DAY, MIDNIGHT - 8 * DAY)), ())
    assert rows(page, "At a glance") == [["calls", "0"], ["answered", "0"]]
    assert headings(page) == []


def test_one_call_is_enough_for_every_chart(world: World) -> None:
    alone = World(open_store("memory://"))
    alone.pool(1)
    record(alone, decided(alone, "one"), reported("one", outbound_seconds=3))
    for span in (A_DAY, A_MONTH, (START - START % HOUR, START - START % HOUR + HOUR)):
        assert len(headings(report_page(summaries(alone, span), ()))) >= 5
    assert world.store is not alone.store


def test_it_needs_nothing_from_elsewhere(month: str) -> None:
    elements = Elements(month)
    assert {"script", "link", "img", "iframe"}.isdisjoint(elements.names)
    assert all(link.startswith("#") for link in elements.values("href") + elements.values("xlink:href"))


@pytest.mark.parametrize("width", PHONES)
@pytest.mark.parametrize("name", ["day", "month"])
def test_nothing_is_cut_on_a_phone(
    tab: Tab, tmp_path: Path, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    file = tmp_path / "page.html"
    file.write_text(request.getfixturevalue(name))
    tab.show(file, width=width, height=740, mobile=True, scale=2)
    assert tab.asked == [file.as_uri()]
    assert tab.run("innerWidth") == width
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(WIDER) == []
    assert tab.run(CUT_TEXTS) == []
    assert tab.run(COVERED_TEXTS) == []
    assert tab.run(SMALLEST_TEXT) >= 8


def test_no_plot_is_blank(tab: Tab, tmp_path: Path, month: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(month)
    tab.show(file, width=360, height=740, mobile=True)
    boxes = tab.run(BOXES)
    assert len(boxes) == len(headings(month))
    for box in boxes:
        pixels = matplotlib.image.imread(BytesIO(tab.picture(box)))[..., :3]
        assert pixels.shape[1] == pytest.approx(box["width"], abs=2)
        # The first colour of the lines and bars, and not only axes and letters.
        blue = (abs(pixels - [0, 0x72 / 255, 0xB2 / 255]).sum(axis=2) < 0.1).sum()
        assert blue > 20
        assert (pixels.min(axis=2) > 0.99).mean() > 0.1


def test_it_prints_whole(tab: Tab, tmp_path: Path, month: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(month)
    tab.show(file, width=A4_WIDTH, height=A4_HEIGHT)
    tab.as_on_paper()
    assert tab.run("document.documentElement.scrollWidth") == A4_WIDTH
    assert tab.run(WIDER) == []
    assert tab.run(SCROLLED) == []
    assert tab.run(SPLIT) == []
    assert max(box["height"] for box in tab.run(BOXES)) < A4_HEIGHT
    printed = tab.printed()
    assert printed.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 4 <= pages <= 30
    assert len(re.findall(rb"/MediaBox\s*\[0 0 59\d(\.\d+)? 84\d(\.\d+)?\]", printed)) == pages


WIDER = """
[...document.querySelectorAll('body *')]
  .filter(each => !each.closest('.table') || each.matches('.table'))
  .filter(each => { const box = each.getBoundingClientRect(); return box.left < -1 || box.right > innerWidth + 1 })
  .map(each => each.tagName + ' ' + each.textContent.slice(0, 40))
"""
"""What reaches beyond the window; what is inside a table can be scrolled to."""

CUT_TEXTS = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect()
  return [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect()
    return box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 2 || box.bottom > frame.bottom + 2
  }).map(text => text.textContent)
})
"""

COVERED_TEXTS = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()])
  return boxes.flatMap(([one, a], index) => boxes.slice(index + 1)
    .filter(([_, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
    .map(([other]) => one + ' | ' + other))
})
"""

SMALLEST_TEXT = """
Math.min(...[...document.querySelectorAll('svg text')].map(text => {
  const scale = text.getScreenCTM()
  return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(scale.a, scale.b)
}))
"""
"""In pixels of CSS."""

BOXES = """
[...document.querySelectorAll('svg')].map(svg => {
  const box = svg.getBoundingClientRect()
  return { x: box.left + scrollX, y: box.top + scrollY, width: box.width, height: box.height }
})
"""

SPLIT = """
[...document.querySelectorAll('figure, tr')]
  .filter(each => getComputedStyle(each).breakInside != 'avoid')
  .map(each => each.tagName + ' ' + each.textContent.slice(0, 40))
"""
"""Plots and rows that may begin on one sheet and end on the next."""

SCROLLED = """
[...document.querySelectorAll('.table')]
  .filter(each => each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1)
  .map(each => each.textContent.slice(0, 40))
"""
