import re
from html.parser import HTMLParser
from io import BytesIO

import pytest

from adapters.charts.chart import Chart, Line, Scale, ValueTable, values_of
from adapters.charts.drawing import png, svg
from adapters.charts.page import page

START = 1_800_000_000.0
SHARES = Chart(
    title="Numbers & <blocking>",
    summary='Fewer, "it says".',
    across="blocked calls",
    up="numbers",
    scale=Scale.SHARE,
    places=[0.001, 0.01, 0.1],
    shown=["0.1 %", "1 %", "10 %"],
    lines=[Line("GB", [9, 7, 5]), Line("FR", [4, 3, 3])],
)
TIMES = Chart(
    title="Use over time",
    summary="The most at once.",
    across="time (UTC)",
    up="sessions",
    scale=Scale.TIME,
    places=[START + 3_600 * hour for hour in range(30)],
    shown=[f"hour {hour}" for hour in range(30)],
    lines=[Line("sessions", [hour % 7 for hour in range(30)])],
    steps=True,
)


class Elements(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def made() -> str:
    table = ValueTable("What it takes", ("Country", "Numbers"), [("GB", "7")])
    return page("How many <numbers>", "Of two days.", [table], [SHARES, TIMES])


def test_a_page_needs_nothing_from_elsewhere(made: str) -> None:
    elements = Elements(made)
    assert {"script", "link", "img", "iframe"}.isdisjoint(elements.names)
    links = elements.values("href") + elements.values("xlink:href") + elements.values("src")
    assert links
    assert all(link.startswith("#") for link in links)
    assert "@import" not in made
    assert re.findall(r"url\((?!#)", made) == []


def test_a_page_fits_a_phone_and_paper(made: str) -> None:
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in made
    assert "@media print" in made
    drawings = re.findall(r"<svg [^>]*>", made)
    assert len(drawings) == 2
    # Without a size of its own a drawing takes the width there is.
    assert all("viewBox=" in each and not re.search(r"\s(width|height)=", each) for each in drawings)


def test_drawings_have_a_title_and_a_description_for_who_cannot_see_them(made: str) -> None:
    elements = Elements(made)
    labels = [name for label in elements.values("aria-labelledby") for name in label.split()]
    assert len(labels) == 4
    assert set(labels) <= set(elements.values("id"))
    assert '<html lang="en">' in made
    assert elements.values("role").count("img") == 2


def test_no_two_elements_have_one_id(made: str) -> None:
    names = Elements(made).values("id")
    assert len(names) == len(set(names)) > 20


def test_every_reference_leads_to_an_element(made: str) -> None:
    elements = Elements(made)
    meant = {link[1:] for link in elements.values("xlink:href")} | set(re.findall(r"url\(#(.*?)\)", made))
    assert meant <= set(elements.values("id"))


def test_texts_are_no_markup(made: str) -> None:
    assert "<title>How many &lt;numbers&gt;</title>" in made
    assert "Numbers &amp; &lt;blocking&gt;" in made
    assert "<blocking>" not in made


def test_what_a_drawing_says_is_text(made: str) -> None:
    assert re.search(r"<text[^>]*>numbers</text>", made)
    assert re.search(r"<text[^>]*>GB</text>", made)


def test_beside_each_chart_stands_the_table_of_its_values(made: str) -> None:
    assert values_of(SHARES) == ValueTable(
        SHARES.title,
        ("blocked calls", "GB", "FR"),
        [("0.1 %", "9", "4"), ("1 %", "7", "3"), ("10 %", "5", "3")],
    )
    assert '<tr><th scope="row">10 %</th><td>5</td><td>3</td></tr>' in made
    assert '<tr><th scope="row">hour 29</th><td>1</td></tr>' in made


def test_the_same_chart_is_drawn_the_same_again() -> None:
    assert svg(SHARES, "one") == svg(SHARES, "one")


def test_a_picture_has_all_charts_one_below_the_other() -> None:
    def size(picture: bytes) -> tuple[int, int]:
        header = BytesIO(picture)
        assert header.read(8) == b"\x89PNG\r\n\x1a\n"
        header.seek(16)
        return int.from_bytes(header.read(4), "big"), int.from_bytes(header.read(4), "big")

    one, two = size(png([SHARES])), size(png([SHARES, TIMES]))
    assert two == (one[0], 2 * one[1])


DAY = 86_400


@pytest.mark.parametrize("seconds", [1, 179, 3 * 3_600 - 1, 3 * DAY - 1, 92 * DAY, 3 * 365 * DAY, 9 * 365 * DAY])
def test_time_is_drawn_whatever_its_length(seconds: int) -> None:
    drawn = Chart("t", "s", "time", "n", Scale.TIME, [START, START + seconds], ["", ""], [Line("n", [1, 2])])
    assert 3 <= svg(drawn, "time").count("-xtick_") <= 8


def test_a_single_moment_is_drawn_too() -> None:
    assert "<svg" in svg(Chart("t", "s", "time", "n", Scale.TIME, [START], [""], [Line("n", [1])]), "time")
