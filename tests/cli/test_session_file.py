from io import BytesIO

import pytest

from adapters.cli import session_file
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.session_file import read_sessions
from masking_core.instants import HOUR, MINUTE, SECOND
from masking_core.planning.workload import ExpectedSession

NINE = 1_803_805_200 * SECOND
"""2027-02-28T09:00:00Z."""


def read(text: str | bytes, *, with_countries: bool = False) -> list[ExpectedSession]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_sessions(BytesIO(data), with_countries=with_countries)


def problems(text: str | bytes, *, with_countries: bool = False) -> dict[int, str]:
    """The lines that are refused."""
    with pytest.raises(CommandError) as refused:
        read(text, with_countries=with_countries)
    assert refused.value.code == ExitCode.USAGE
    lines = refused.value.details["lines"]
    assert isinstance(lines, list)
    return {each["line"]: each["problem"] for each in lines}


def line(start: str = "2027-02-28T09:00:00Z", end: str = "2027-02-28T10:00:00Z", rest: str = "a,b,GB") -> str:
    return f"{start},{end},{rest}\n"


def test_a_file_needs_no_header_and_numbers_bring_their_country() -> None:
    assert read(line(rest="+447700900101,+33612345678")) == [
        ExpectedSession(NINE, NINE + HOUR, (0, 1), ("GB", "FR")),
    ]


def test_a_header_names_the_columns_in_any_order() -> None:
    text = "Party_B,party_a,END,start,country\nb,a,2027-02-28T10:00Z,2027-02-28T09:00Z,gb\n"
    assert read(text) == [ExpectedSession(NINE, NINE + HOUR, (0, 1), ("GB", "GB"))]


@pytest.mark.parametrize(
    "start",
    [
        "2027-02-28T09:00:00Z",
        "2027-02-28T09:00:00",
        "2027-02-28 09:00",
        "2027-02-28T10:00:00+01:00",
        "2027-02-28T09:00:00.000000Z",
        "20270228T090000Z",
    ],
)
def test_times_are_iso_with_or_without_a_zone(start: str) -> None:
    assert read(line(start))[0].start == NINE


def test_a_party_is_known_again_by_its_number_however_it_is_written_and_by_any_other_name() -> None:
    rests = ("+447700900101,driver 7", "+44 7700 900101,driver 8", "driver 7,+44 (7700) 900-101")
    found = read("".join(line(rest=rest) for rest in rests))
    assert [each.participants for each in found] == [(0, 1), (0, 2), (1, 0)]


def test_the_country_given_comes_before_a_number_s_own() -> None:
    assert read(line(rest="+447700900101,+33612345678,DE"))[0].countries == ("DE", "DE")


def test_a_name_without_a_country_has_none_unless_countries_are_asked_for() -> None:
    assert read(line(rest="a,+33612345678"))[0].countries == ("", "FR")
    assert problems(line(rest="a,+33612345678"), with_countries=True) == {
        1: "the country of party_a is not known: it is no number in E.164, and none is given"
    }
    assert read(line(rest="a,b,GB"), with_countries=True)


def test_sessions_come_by_their_start() -> None:
    later, earlier = line(rest="a,b"), line("2027-02-28T08:30:00Z", rest="c,d")
    assert [each.start for each in read(later + earlier)] == [NINE - 30 * MINUTE, NINE]


def test_what_spreadsheets_write_is_read() -> None:
    quoted = line(rest='"a", "b, the second",').replace("\n", "\r\n")
    assert len(read("\ufeff# exported in March\r\n\r\nstart,end,party_a,party_b\r\n" + quoted)) == 1


def test_every_bad_line_is_named() -> None:
    found = problems(
        "start,end,party_a,party_b,country\n"
        + line()
        + line(start="yesterday")
        + line(end="2027-02-28T25:00:00Z")
        + line(end="2027-02-28T09:00:00Z")
        + line(rest="a,,GB")
        + line(rest="a,b,United Kingdom")
        + line(rest="a,a")
        + line(rest="+447700900101,+44 7700 900101")
        + line(rest="a,b,GB,more")
        + '"2027\n'
        + line(start="1969-12-31T23:00:00Z")
        + line(start="0001-01-01T00:00:00+14:00")
    )
    assert found == {
        3: "start is not a time in ISO 8601, as in 2027-01-31T18:00:00Z",
        4: "end is not a time in ISO 8601, as in 2027-01-31T18:00:00Z",
        5: "the end is not after the start",
        6: "party_b is missing",
        7: "the country is not an ISO 3166-1 alpha-2 code, as in GB",
        8: "party_a and party_b are the same",
        9: "party_a and party_b are the same",
        10: "has more cells than the columns start, end, party_a, party_b, country",
        11: "is not CSV",
        12: "start does not lie between 1970 and 9999",
        13: "start does not lie between 1970 and 9999",
    }


def test_no_refusal_repeats_what_stands_in_the_file() -> None:
    with pytest.raises(CommandError) as refused:
        read(line(start="+447700900101", rest="+447700900102,b"))
    assert "7700900" not in str(refused.value) + repr(refused.value.details)
    assert str(refused.value).startswith("nothing was planned, because of the file's\n  line 1: start is not")


@pytest.mark.parametrize("header", ["start,end,party_a", "start,end,party_a,party_b,colour", "start,start,end,party_a"])
def test_a_header_that_cannot_be_meant_is_refused(header: str) -> None:
    assert problems(f"{header}\n{line()}")[1].startswith("the header names each of its columns once")


def test_bytes_that_are_no_text_are_named_by_their_line() -> None:
    assert problems(line().encode() + b"\xff\xfe\n") == {2: "is not UTF-8"}


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    assert problems(line().encode() + b"a" * 5_000) == {2: "is longer than 4096 bytes"}


def test_reading_stops_at_a_thousand_bad_lines() -> None:
    assert len(problems("nonsense\n" * 1_500)) == 1_000


@pytest.mark.parametrize("text", ["", "\n\n# nothing\n", "start,end,party_a,party_b\n"])
def test_a_file_without_sessions_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="holds no sessions"):
        read(text)


def test_more_sessions_than_memory_is_meant_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_file, "MOST_SESSIONS", 2)
    assert len(read(line() * 2)) == 2
    with pytest.raises(CommandError, match="more than 2 sessions"):
        read(line() * 3)


def test_a_file_is_read_line_by_line_and_tells_how_far_it_is() -> None:
    told: list[int] = []
    read_sessions(BytesIO((line() * 3_000).encode()), progress=told.append)
    assert told == [1_024, 2_048]
