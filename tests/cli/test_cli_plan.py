import re
import sys
from pathlib import Path

import pytest

from adapters.composition import Services, wire
from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from cli.command_line import CommandLine, at_a_terminal
from masking_core.instants import HOUR, MINUTE
from masking_core.pools import Geography, PoolPolicy
from masking_core.services.key_rotation import fit_keys
from masking_core.services.pools import NumberRequest
from masking_core.services.requests import OpenRequest, ParticipantRequest

SESSIONS = """start,end,party_a,party_b,country
2027-03-01T08:00:00Z,2027-03-01T10:00:00Z,driver 1,customer 1,GB
2027-03-01T09:00:00Z,2027-03-01T11:00:00Z,driver 1,customer 2,GB
2027-03-01T09:30:00Z,2027-03-01T12:00:00Z,driver 1,customer 3,GB
2027-03-01T12:00:00Z,2027-03-01T13:00:00Z,driver 1,customer 4,GB
2027-03-01T12:30:00Z,2027-03-01T13:00:00Z,driver 2,customer 5,FR
"""
FIGURES = ("--sessions-per-day", "480", "--session-length", "30m", "--at-once", "3", "--cool-off", "0s")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "sessions.csv"
    path.write_text(SESSIONS)
    return str(path)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A store that the settings name, with a pool of two British numbers and a French one."""
    monkeypatch.setenv("MASKING_STORE", f"sqlite:///{tmp_path}/masking.db")
    monkeypatch.setenv("MASKING_KEYS", str(tmp_path / "keys.toml"))
    KeyFile.create(tmp_path / "keys.toml")
    services = wire(open_store(f"sqlite:///{tmp_path}/masking.db"), FileVault(tmp_path / "keys.toml"))
    services.store.migrate()
    fit_keys(services.store, services.vault)
    services.pools.create("ride", PoolPolicy(geography=Geography.COUNTRY, cool_off=HOUR, reuse_early=False))
    numbers = ("+442079460001", "+442079460002", "+33186950001")
    services.pools.add_numbers("ride", [NumberRequest(number) for number in numbers])
    return services


def open_sessions(services: Services, *pairs: tuple[str, str]) -> None:
    for pair in pairs:
        participants = tuple(ParticipantRequest((number,)) for number in pair)
        services.sessions.open(OpenRequest("ride", participants, time_to_live=30 * MINUTE))


def countries(document: dict[str, list[dict[str, object]]], *members: str) -> list[tuple[object, ...]]:
    return [tuple(country[member] for member in members) for country in document["countries"]]


def test_a_file_is_planned_country_by_country(masking: CommandLine, file: str) -> None:
    document = masking.json("plan", "--csv", file, "--price", "2", "--price", "fr=3.50", "--cool-off", "1h")
    members = ("country", "distinctness", "distinctness_without_cool_off", "binds", "needed", "rent", "monthly_cost")
    assert countries(document, *members) == [
        ("FR", 1, 1, "DISTINCTNESS", 1, 2, 7.0),
        ("GB", 3, 3, "DISTINCTNESS", 3, 4, 8.0),
    ]
    assert (document["needed"], document["rent"], document["monthly_cost"]) == (4, 6, 15.0)
    assert document["sessions"] == {
        "count": 5,
        "drawn_up": False,
        "start_time": "2027-03-01T08:00:00Z",
        "end_time": "2027-03-01T13:00:00Z",
        "most_at_once": 3,
    }


def test_people_see_what_it_was_made_of_what_it_takes_and_what_fewer_do(masking: CommandLine, file: str) -> None:
    ended = masking("plan", "--csv", file, "--cool-off", "2h", "--on-shortage", "refuse", "--strict", "--price", "2")
    assert ended.out == (
        "sessions  5 from 2027-03-01T08:00:00Z to 2027-03-01T13:00:00Z, 3 at once at most\n"
        "policy    numbers of the country, strict; cool-off 2h, when short refused\n"
        "calls     2 a session of 2m, 10 at once on a number, 1 % may find it busy\n"
        "\n"
        "COUNTRY  DISTINCT  NO COOL-OFF  ERLANGS  CALLS  CAPACITY  BINDS         NEEDED  RENT  A MONTH\n"
        "FR       1         1            0.07     2      1         distinctness  1       2     4.00\n"
        "GB       3         3            0.08     2      1         distinctness  3       4     8.00\n"
        "all                                                                     4       6     12.00\n"
        "\n"
        "With fewer numbers, by replay:\n"
        "COUNTRY  NUMBERS  REFUSED  REUSED EARLY  FROM ELSEWHERE  CALLS BLOCKED\n"
        "FR       1        0 %      0 %           0 %             <0.01 %\n"
        "GB       3        0 %      0 %           0 %             <0.01 %\n"
        "GB       2        25 %     0 %           0 %             <0.01 %\n"
        "GB       1        50 %     0 %           0 %             <0.01 %\n"
    )


def test_a_replay_can_be_left_out(masking: CommandLine, file: str) -> None:
    assert masking.json("plan", "--csv", file, "--no-replay")["replays"] == []
    assert "by replay" not in masking("plan", "--csv", file, "--no-replay").out


def test_without_countries_the_numbers_may_lie_anywhere(masking: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("2027-03-01 08:00,2027-03-01 10:00,a,b\n")
    assert countries(masking.json("plan", "--csv", str(path)), "country", "needed") == [("", 1)]
    refused = masking("plan", "--csv", str(path), "--geography", "country", "--json")
    assert (refused.code, refused.error["reason"]) == (2, "BAD_FILE")
    assert refused.error["lines"][0]["line"] == 1


def test_a_country_that_is_missing_in_some_sessions_is_told(masking: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("2027-03-01 08:00,2027-03-01 10:00,a,b\n2027-03-01 08:00,2027-03-01 10:00,c,d,GB\n")
    ended = masking("plan", "--csv", str(path))
    assert ended.err.startswith("A country is not known in 1 of 2 sessions, so numbers may lie anywhere")
    assert "\nany " in ended.out


def test_geography_can_be_left_out(masking: CommandLine, file: str) -> None:
    document = masking.json("plan", "--csv", file, "--geography", "none", "--cool-off", "0s")
    assert countries(document, "country", "needed") == [("", 3)]


def test_a_bad_file_is_refused_without_a_number_of_it(masking: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("2027-03-01 08:00,+447700900101,+447700900102,x\n")
    ended = masking("plan", "--csv", str(path))
    assert (ended.code, ended.out) == (2, "")
    assert "line 1: end is not a time" in ended.err
    assert "7700900" not in ended.err


def test_a_few_figures_are_enough(masking: CommandLine) -> None:
    document = masking.json(
        "plan", *FIGURES, "--country", "GB=75%", "--country", "FR", "--call-length", "6m", "--strict"
    )
    members = ("country", "distinctness", "offered_erlangs", "peak_calls", "call_capacity", "binds")
    assert countries(document, *members) == [
        ("FR", 3, 2.0, 7, 1, "DISTINCTNESS"),
        ("GB", 3, 6.0, 13, 2, "DISTINCTNESS"),
    ]
    assert document["sessions"]["drawn_up"]
    assert [each["numbers"] for each in document["replays"]] == [3, 2, 1, 3, 2, 1]
    assert [each["refused"] > 0 for each in document["replays"]] == [False, True, True, False, True, True]


def test_figures_that_mean_too_much_are_refused(masking: CommandLine) -> None:
    busy = ("--sessions-per-day", "10000000", "--session-length", "1m", "--at-once", "100")
    ended = masking("plan", *busy, "--json")
    assert (ended.code, ended.error["field"]) == (1, "a_day")


def test_calls_bind_where_there_are_many_of_them(masking: CommandLine) -> None:
    document = masking.json("plan", *FIGURES, "--calls-at-once", "1", "--no-replay", "--buffer", "0")
    assert countries(document, "country", "binds") == [("", "CALL_CAPACITY")]
    assert document["rent"] == document["needed"] == document["countries"][0]["call_capacity"]


def test_figures_are_told_as_drawn_up(masking: CommandLine) -> None:
    assert masking("plan", *FIGURES, "--no-replay").out.startswith("sessions  960 drawn up from the figures\n")


def test_the_store_s_own_history_is_planned_under_the_pool_s_policy(masking: CommandLine, stored: Services) -> None:
    driver = "+447700900101"
    open_sessions(stored, (driver, "+33612345678"), (driver, "+447700900102"), ("+447700900103", "+447700900104"))
    document = masking.json("plan", "--pool", "ride")
    assert countries(document, "country", "distinctness", "in_service") == [("FR", 1, 1), ("GB", 2, 2)]
    assert document["policy"] == {
        "geography": "COUNTRY",
        "strict_geography": False,
        "cool_off": "3600s",
        "on_shortage": "REFUSE",
    }
    assert document["sessions"]["count"] == 3
    assert "IN SERVICE" in masking("plan", "--pool", "ride", "--no-replay").out


def test_a_pool_s_policy_counts_for_a_file_too(masking: CommandLine, stored: Services, file: str) -> None:
    assert stored.pools.get("ride").policy.cool_off == HOUR
    document = masking.json("plan", "--pool", "ride", "--csv", file, "--strict")
    assert (document["policy"]["cool_off"], document["policy"]["strict_geography"]) == ("3600s", True)
    assert document["sessions"]["count"] == 5


def test_without_geography_no_key_is_needed(masking: CommandLine, stored: Services, tmp_path: Path) -> None:
    open_sessions(stored, ("+447700900101", "+447700900102"))
    (tmp_path / "keys.toml").unlink()
    assert masking("plan", "--pool", "ride").code == 4
    document = masking.json("plan", "--pool", "ride", "--geography", "none")
    assert countries(document, "country", "in_service") == [("", 3)]


def test_an_area_s_numbers_are_planned_by_country_and_reserved_ones_are_told(
    masking: CommandLine, stored: Services
) -> None:
    stored.pools.update("ride", lambda _: PoolPolicy(geography=Geography.AREA))
    people = tuple(ParticipantRequest((number,)) for number in ("+447700900101", "+447700900102"))
    stored.sessions.open(OpenRequest("ride", people, reserve_numbers=True))
    ended = masking("plan", "--pool", "ride")
    assert ended.code == 0
    assert "planned by country" in ended.err
    assert "1 of the sessions reserved" in ended.err


def test_a_pool_that_is_not_there_or_has_no_history_is_refused(masking: CommandLine, stored: Services) -> None:
    assert stored.pools.list("", 2)
    assert masking("plan", "--pool", "none", "--json").error["reason"] == "NOT_FOUND"
    assert masking("plan", "--pool", "ride", "--json").error["reason"] == "NO_SESSIONS"


def test_a_store_in_another_process_s_memory_cannot_be_read(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_STORE", "memory://")
    assert masking("plan", "--pool", "ride").code == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name the sessions"),
        (("--csv", "-", *FIGURES), "either --csv or"),
        (("--sessions-per-day", "10"), "needs --session-length"),
        (("--sessions-per-day", "10", "--session-length", "1h"), "needs --at-once"),
        (("--pool", "ride", "--at-once", "3"), "--at-once goes with"),
        ((*FIGURES, "--a-day", "2"), "no less than --at-once"),
        ((*FIGURES, "--session-length", "0s"), "longer than nothing"),
        ((*FIGURES, "--geography", "country"), "need --country"),
        ((*FIGURES, "--country", "GB", "--country", "GB=20%"), "stands once"),
        ((*FIGURES, "--country", "GB=20%"), "add up to 100%"),
        ((*FIGURES, "--country", "GB=100%", "--country", "FR"), "add up to 100%"),
        ((*FIGURES, "--cool-off", "400d"), "a year at most"),
        ((*FIGURES, "--blocking", "0"), "more than nothing"),
        ((*FIGURES, "--blocking", "100%"), "less than 100%"),
        ((*FIGURES, "--price", "1", "--price", "2"), "has one --price"),
        ((*FIGURES, "--price", "cheap"), "a price reads"),
        ((*FIGURES, "--price", "GBR=1"), "a price reads"),
        ((*FIGURES, "--price", "-1"), "a price reads"),
        ((*FIGURES, "--price", "1e9"), "a price reads"),
        ((*FIGURES, "--buffer", "some"), "a part of a whole"),
        ((*FIGURES, "--buffer", "NaN"), "a part of a whole"),
        ((*FIGURES, "--country", "England"), "ISO 3166-1"),
        ((*FIGURES, "--peak-factor", "25"), "from 1 to 24"),
        ((*FIGURES, "--chart", "plan.pdf"), "ends in .html or .png"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_reason(
    masking: CommandLine, arguments: tuple[str, ...], told: str
) -> None:
    ended = masking("plan", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_a_page_has_the_plan_its_charts_and_a_table_beside_each(masking: CommandLine, file: str) -> None:
    ended = masking("plan", "--csv", file, "--chart", "plan.html")
    assert ended.err == "made plan.html\n"
    page = Path("plan.html").read_text(encoding="utf-8")
    titles = ["Numbers needed against blocking", "Numbers in use over time", "Sessions over time"]
    assert re.findall(r"<title id=.*?>(.*?)</title>", page) == titles
    assert re.findall(r"<caption>(.*?)</caption>", page) == [
        "What it takes",
        "With fewer numbers: shares of openings, and of calls in the busiest hour",
        *titles,
    ]
    assert "driver" not in page


def test_a_picture_is_one(masking: CommandLine) -> None:
    assert masking("plan", *FIGURES, "--no-replay", "--chart", "plan.PNG").code == 0
    assert Path("plan.PNG").read_bytes().startswith(b"\x89PNG\r\n")


def test_a_chart_that_cannot_be_written_is_told(masking: CommandLine) -> None:
    ended = masking("plan", *FIGURES, "--no-replay", "--chart", "nowhere/plan.png")
    assert (ended.code, ended.out) == (2, "")
    assert "cannot be written: No such file" in ended.err


def test_without_the_library_that_draws_the_extra_is_named(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ended = masking("plan", *FIGURES, "--chart", "plan.png", "--json")
    assert (ended.code, ended.error["reason"]) == (4, "PLOT_MISSING")
    assert "masking[plot]" in ended.error["message"]
    assert masking("plan", *FIGURES, "--no-replay").code == 0


def test_a_terminal_shows_tables_and_how_far_a_replay_is(tmp_path: Path, file: str) -> None:
    assert "───" in at_a_terminal(tmp_path, "stdout", "plan", "--csv", file)
    assert "replaying" in at_a_terminal(tmp_path, "stderr", "plan", "--csv", file)
