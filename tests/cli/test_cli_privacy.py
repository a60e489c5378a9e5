import io

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.composition import Services
from cli.command_line import CommandLine

DRIVER, RIDER = "+447700900101", "+447700900102"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def session(masking: CommandLine, edge: str, services: Services) -> None:
    del edge
    masking.json("pools", "create", "ride-uk")
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")
    opened = masking.json("sessions", "open", "--pool", "ride-uk", "--participant", DRIVER, "--participant", RIDER)
    masking.json("call", DRIVER, opened["participants"][0]["proxy_number"], "--report", "answered")
    assert services.call_log.flush()


def test_a_person_is_erased_and_it_is_told_what_was_done(masking: CommandLine) -> None:
    assert masking.json("privacy", "erase", DRIVER, "--yes") == {
        "sessions_closed": 1,
        "sessions_forgotten": 1,
        "calls_anonymised": 1,
        "reports_forgotten": 1,
    }
    assert masking("sessions", "list").out == "no sessions\n"
    (call,) = masking.json("calls", "list", "--full")["calls"]
    assert (call["caller"], call["callee"]) == ("erased", RIDER)
    assert masking.json("explain", "--call", call["name"])["explanation"] is None
    shown = masking("privacy", "erase", RIDER, "-y").out.splitlines()
    assert shown == ["sessions closed     0", "sessions forgotten  0", "calls anonymised    1", "reports forgotten   0"]


def test_without_a_yes_it_is_asked(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    refused = masking("privacy", "erase", DRIVER)
    assert (refused.code, refused.out) == (ExitCode.INTERRUPTED, "")
    assert "+44••••••0101" in refused.err
    assert DRIVER not in refused.err
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert masking("privacy", "erase", DRIVER).out.startswith("sessions closed     1\n")


def test_where_nobody_can_be_asked_nothing_is_erased(masking: CommandLine) -> None:
    refused = masking("privacy", "erase", DRIVER, "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.USAGE, "USAGE")
    assert len(masking.json("sessions", "list")["sessions"]) == 1


def test_what_is_no_number_is_not_sent(masking: CommandLine) -> None:
    refused = masking("privacy", "erase", "07700900101", "--yes")
    assert refused.code == ExitCode.USAGE
    assert "7700900101" not in refused.err
