import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.composition import Services
from cli.command_line import CommandLine, Ended

SESSION = ("sessions", "open", "--pool", "ride-uk", "--participant", "+447700900101", "--participant", "+447700900102")
DRIVER, RIDER, STRANGER = "+447700900101", "+447700900102", "+447700900199"

Dial = Callable[..., Any]


@pytest.fixture(autouse=True)
def pool(masking: CommandLine, edge: str) -> None:
    del edge
    masking.json("pools", "create", "ride-uk")
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")


@pytest.fixture
def dial(masking: CommandLine, services: Services) -> Dial:
    """Place a call and have it recorded."""

    def placed(*arguments: str) -> Any:
        document = masking.json("call", *arguments)
        assert services.call_log.flush()
        return document

    return placed


def opened(masking: CommandLine, *more: str) -> tuple[str, str, str]:
    """A new session's name, and the numbers that its participants dial."""
    session = masking.json(*SESSION, *more)
    first, second = (participant["proxy_number"] for participant in session["participants"])
    return session["name"], first, second


def test_calls_are_listed_the_latest_first(masking: CommandLine, dial: Dial) -> None:
    assert masking("calls", "list").out == "no calls\n"
    name, first, _ = opened(masking)
    dial(DRIVER, first, "--report", "answered")
    dial("anonymous", first)
    head, *rows = [line.split() for line in masking("calls", "list").out.splitlines()]
    assert head == ["CALL", "TIME", "POOL", "CALLER", "DIALLED", "REACHED", "REASON", "OUTCOME", "SECONDS"]
    assert rows[0][2:] == ["ride-uk", "withheld", first, "caller-withheld", "not", "reported"]
    assert rows[1][2:] == ["ride-uk", "+44••••••0101", first, "+44••••••0102", "active-session", "answered", "15"]
    (listed,) = masking.json("calls", "list", "--session", name, "--full")["calls"]
    assert (listed["caller"], listed["callee"], listed["session"]) == (DRIVER, RIDER, name)


def test_calls_are_found_by_what_is_known_of_them(masking: CommandLine, dial: Dial) -> None:
    _, first, second = opened(masking)
    dial(DRIVER, first)
    dial(STRANGER, second)

    def found(*filters: str) -> list[str]:
        return [call["dialled"] for call in masking.json("calls", "list", *filters)["calls"]]

    assert found("--phone-number", RIDER) == [first]
    assert found("--phone-number", STRANGER) == [second]
    assert found("--dialled", second, "--pool", "ride-uk") == [second]
    assert found("--last", "1h") == [second, first]
    an_hour_ago = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert found("--to", an_hour_ago) == []
    assert found("--from", an_hour_ago) == [second, first]
    page = masking.json("calls", "list", "--limit", "1")
    assert [call["dialled"] for call in page["calls"]] == [second]
    assert found("--limit", "1", "--page-token", page["next_page_token"]) == [first]
    assert found("--limit", "1", "--all") == [second, first]


@pytest.mark.parametrize("name", ["nm_correlation_id", "correlation_id", "name"])
def test_a_call_is_shown_by_any_of_its_names(masking: CommandLine, dial: Dial, name: str) -> None:
    session, first, second = opened(masking)
    placed = dial(DRIVER, first, "--report", "answered")
    placed["name"] = masking.json("calls", "list")["calls"][0]["name"]
    record, _, steps = masking("calls", "get", placed[name]).out.partition("\n\n")
    members = dict(re.split(r" {2,}", line, maxsplit=1) for line in record.splitlines())
    assert (members["session"], members["reason"], members["outcome"]) == (session, "active-session", "answered")
    assert (members["caller"], members["reached"]) == ("+44••••••0101", "+44••••••0102")
    assert (members["connected"], members["billed"], members["cost"]) == ("15 s", "15 s", "0 EUR")
    assert members["infobip's ids"].split() == sorted([placed["nm_correlation_id"], placed["correlation_id"]])
    assert re.split(r" {2,}", steps.splitlines()[1])[1:] == ["active-session", f"dial, who sees {second}"]


def test_a_call_that_nobody_knows_is_not_found(masking: CommandLine) -> None:
    missing = masking("calls", "get", "none", "--json")
    assert (missing.code, missing.error["reason"]) == (ExitCode.REFUSED, "NOT_FOUND")
    missing = masking("explain", "--call", "none", "--json")
    assert (missing.code, missing.error["reason"]) == (ExitCode.REFUSED, "NOT_FOUND")


def findings(ended: Ended) -> dict[str, str]:
    """Rule → whether it holds, as the table shows it."""
    rows = ended.out.partition("RULE")[2].partition("\n\n")[0].splitlines()[1:]
    return {row.split()[0]: row.split()[1] for row in rows}


def test_an_explanation_tells_what_is_answered_and_why(masking: CommandLine, dial: Dial) -> None:
    name, first, second = opened(masking)
    dial(DRIVER, first)
    explained = masking("explain", DRIVER, first)
    assert explained.code == ExitCode.OK
    lines = explained.out.splitlines()
    assert lines[1:3] == [f"answer  dial +44••••••0102, who sees {second}", "reason  active-session"]
    assert findings(explained) == {"number-in-pool": "yes", "caller-known": "yes", "session-active": "yes"}
    assert f"{name.removeprefix('sessions/')}  {first}" in explained.out
    assert "+44••••••0101" in explained.out.partition("CALL ")[2]
    document = masking.json("explain", DRIVER, first, "--full")
    assert (document["answer"], document["reason"]) == (f"dial {RIDER}, who sees {second}", "ACTIVE_SESSION")


def test_an_explanation_is_asked_for_of_the_past(masking: CommandLine, dial: Dial) -> None:
    name, first, _ = opened(masking)
    dial(DRIVER, first)
    (session,) = masking.json("explain", DRIVER, first)["sessions"]
    masking.json("sessions", "close", name)
    now = masking("explain", DRIVER, first)
    assert findings(now)["session-active"] == "no"
    then = masking.json("explain", DRIVER, first, "--at", session["create_time"])
    assert (then["reason"], then["time"]) == ("ACTIVE_SESSION", session["create_time"])


def test_a_caller_who_dialled_the_other_number_is_told_the_right_one(masking: CommandLine) -> None:
    _, first, _ = opened(masking)
    masking.json("numbers", "add", "ride-uk", "+442079460003")
    told = masking("explain", DRIVER, "+442079460003").out
    assert f"the caller's active sessions are dialled on {first}" in told
    assert "plays" not in told
    assert masking.json("explain", "anonymous", first)["reason"] == "CALLER_WITHHELD"
    assert masking.json("explain", DRIVER, "+442079460999")["reason"] == "UNKNOWN_NUMBER"


def test_a_call_is_explained_as_it_was_answered_then(masking: CommandLine, dial: Dial) -> None:
    name, first, second = opened(masking)
    placed = dial(DRIVER, first)
    masking.json("sessions", "close", name)
    explained = masking("explain", "--call", placed["nm_correlation_id"])
    assert explained.code == ExitCode.OK
    assert f"dial, who sees {second}" in explained.out
    assert findings(explained)["session-active"] == "yes"
    assert DRIVER not in explained.out
    document = masking.json("explain", "--call", placed["correlation_id"], "--full")
    assert (document["call"]["caller"], document["explanation"]["reason"]) == (DRIVER, "ACTIVE_SESSION")


def test_a_call_to_no_number_of_ours_needs_no_rules(masking: CommandLine, dial: Dial) -> None:
    placed = dial(STRANGER, "+442079460999")
    document = masking.json("explain", "--call", placed["correlation_id"])
    assert (document["call"]["reason"], document["explanation"]) == ("UNKNOWN_NUMBER", None)
    assert "RULE" not in masking("explain", "--call", placed["correlation_id"]).out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (DRIVER,),
        (DRIVER, "+442079460001", "--call", "abc"),
        ("--call", "abc", "--at", "2027-01-31T18:00:00Z"),
        (DRIVER, "+442079460001", "--at", "18:04"),
        ("07700900101", "+442079460001"),
    ],
)
def test_an_explanation_of_what_cannot_be_meant_is_not_sent(masking: CommandLine, arguments: tuple[str, ...]) -> None:
    refused = masking("explain", *arguments)
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "7700900" not in refused.err


def test_a_span_is_given_one_way(masking: CommandLine) -> None:
    both = masking("calls", "list", "--last", "1h", "--from", "2027-01-31T18:00:00Z")
    assert both.code == ExitCode.USAGE


def test_a_pin_is_typed_when_it_is_asked_for(masking: CommandLine, dial: Dial) -> None:
    masking.json("pools", "update", "ride-uk", "--on-no-session", "ask-pin")
    session = masking.json(*SESSION)
    first, second = (participant["proxy_number"] for participant in session["participants"])
    wrong = "0" * 8 if session["pins"][0] != "0" * 8 else "1" * 8
    told = masking("call", STRANGER, first, "--digits", wrong, "--digits", session["pins"][0]).out.splitlines()
    assert [line.split(":")[0] for line in told[:2]] == ["asks for 8 digits"] * 2
    assert told[2:] == [f"dials {RIDER}, who sees {second}"]
    # Who is recognised is not asked, and what was to be typed is not sent.
    assert dial(DRIVER, first, "--digits", wrong)["answer"]["command"] == "dial"
    recognised, by_pin = masking.json("calls", "list")["calls"]
    assert [step["reason"] for step in by_pin["steps"]] == ["NO_SESSION", "PIN_WRONG", "PIN_ACCEPTED"]
    assert [step["reason"] for step in recognised["steps"]] == ["ACTIVE_SESSION"]
    assert "ask for a PIN: enter-pin" in masking("calls", "get", by_pin["name"]).out
