"""Limits of a pool, and blocks, from the command line."""

import pytest

from adapters.cli.exit_codes import ExitCode
from cli.command_line import CommandLine

DRIVER, RIDER = "+447700900101", "+447700900102"
LIMITS = ("--caller-calls-per-minute", "1", "--calls-per-session", "20", "--daily-budget", "250.00")


@pytest.fixture(autouse=True)
def pool(masking: CommandLine, edge: str) -> None:
    del edge
    masking.json("pools", "create", "ride-uk", *LIMITS)
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")


def opened(masking: CommandLine) -> tuple[str, list[str]]:
    session = masking.json("sessions", "open", "--pool", "ride-uk", "--participant", DRIVER, "--participant", RIDER)
    return session["name"], [each["proxy_number"] for each in session["participants"]]


def test_a_pool_shows_its_limits_and_they_can_be_changed_and_taken_away(masking: CommandLine) -> None:
    shown = masking("pools", "get", "ride-uk").out.splitlines()
    assert [" ".join(line.split()) for line in shown if "call" in line.split()[0] or "budget" in line] == [
        "calls kept 90d",
        "calls at once 10 on a number",
        "caller calls per minute 1",
        "calls per session 20",
        "daily budget 250",
    ]
    changed = masking.json("pools", "update", "ride-uk", "--pool-concurrent-calls", "9", "--longest-call", "1h")
    limits = changed["policy"]["limits"]
    assert {name: limit for name, limit in limits.items() if limit} == {
        "caller_calls_per_minute": 1,
        "calls_per_session": 20,
        "pool_concurrent_calls": 9,
        "daily_budget": "250",
        "longest_call": "3600s",
    }
    cleared = masking.json("pools", "update", "ride-uk", "--clear", "calls-per-session", "--clear", "daily-budget")
    assert not cleared["policy"]["limits"]["calls_per_session"]
    assert not cleared["policy"]["limits"]["daily_budget"]
    assert cleared["policy"]["limits"]["caller_calls_per_minute"] == 1


def test_a_budget_is_an_amount(masking: CommandLine) -> None:
    refused = masking("pools", "update", "ride-uk", "--daily-budget", "plenty")
    assert refused.code == ExitCode.REFUSED
    assert "pool.policy.limits.daily_budget" in refused.err


def test_over_a_limit_the_caller_hears_a_refusal_and_explain_says_why(masking: CommandLine) -> None:
    _, (mine, _) = opened(masking)
    assert masking("call", DRIVER, mine).out.startswith("dials ")
    assert "not-allowed" in masking("call", DRIVER, mine).out
    told = masking("explain", DRIVER, mine).out
    assert "caller-limit" in told
    assert "the caller's calls have reached the pool's limit" in told


def test_a_number_is_blocked_listed_and_blocked_no_longer(masking: CommandLine) -> None:
    _, (mine, _) = opened(masking)
    added = masking("blocks", "add", DRIVER, "--note", "abuse").out
    assert "+44••••••0101" in added
    assert "not-allowed" in masking("call", DRIVER, mine).out
    assert masking("explain", DRIVER, mine).out.splitlines()[2].split() == ["reason", "caller-blocked"]
    assert masking("blocks", "list").out.splitlines()[1].split()[0] == "+44••••••0101"
    assert [each["phone_number"] for each in masking.json("blocks", "list", "--full")["blocks"]] == [DRIVER]
    assert masking("blocks", "remove", DRIVER).out == "+44••••••0101 is not blocked any more\n"
    assert masking("blocks", "list").out == "no blocks\n"
    assert masking("blocks", "remove", DRIVER).code == ExitCode.REFUSED


def test_a_participant_takes_no_calls_of_the_other_one(masking: CommandLine) -> None:
    name, (mine, theirs) = opened(masking)
    blocked = masking("sessions", "block", name, "--participant", "1").out
    assert "takes no calls of the other" in blocked
    assert "not-allowed" in masking("call", RIDER, theirs).out
    assert masking("call", DRIVER, mine).out.startswith("dials ")
    masking("sessions", "block", name, "--participant", "1", "--undo")
    assert masking("call", RIDER, theirs).out.startswith("dials ")
