import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.number_file import NumberLine
from adapters.cli.numbers import with_line
from cli.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture(autouse=True)
def pool(masking: CommandLine, server: object) -> None:
    del server
    masking.json("pools", "create", "ride-uk")


def listed(masking: CommandLine, *filters: str) -> list[str]:
    return [number["number"] for number in masking.json("numbers", "list", *filters)["numbers"]]


def test_numbers_are_added_one_by_one_with_what_the_options_say(masking: CommandLine) -> None:
    added = masking("numbers", "add", "ride-uk", "+442079460001", "+442079460002")
    assert (added.code, added.out) == (ExitCode.OK, "2 numbers are in service in pool ride-uk\n")
    (number,) = masking.json(
        *("numbers", "add", "ride-uk", "+442079460003", "--country", "gb", "--area", "20", "--no-voice", "--sms")
    )["numbers"]
    assert number["name"] == "pools/ride-uk/numbers/+442079460003"
    assert (number["country"], number["area"], number["voice"], number["sms"]) == ("GB", "20", False, True)


def test_numbers_are_added_from_a_file(masking: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("number,sms\n+442079460002,yes\n+442079460001,no\n")
    assert masking("numbers", "add", "ride-uk", "--csv", "numbers.csv").code == ExitCode.OK
    table = masking("numbers", "list", "--pool", "ride-uk").out.splitlines()
    assert table[0].split()[:3] == ["NUMBER", "POOL", "COUNTRY"]
    assert table[1].split() == ["+442079460001", "ride-uk", "GB", "20", "voice", "in-service", "0"]
    assert table[2].split() == ["+442079460002", "ride-uk", "GB", "20", "voice", "sms", "in-service", "0"]


def test_numbers_are_added_from_a_pipe(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"+442079460001\n")))
    assert len(masking.json("numbers", "add", "ride-uk", "--csv", "-")["numbers"]) == 1


def test_a_file_with_a_bad_line_adds_nothing(masking: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("+442079460001\nnot a number\n+442079460003,England\n")
    refused = masking("numbers", "add", "ride-uk", "--csv", "numbers.csv", "--json")
    assert (refused.code, refused.out, refused.error["reason"]) == (ExitCode.USAGE, "", "BAD_FILE")
    assert [each["line"] for each in refused.error["lines"]] == [2, 3]
    assert "line 2: " in masking("numbers", "add", "ride-uk", "--csv", "numbers.csv").err
    assert listed(masking) == []


def test_a_file_with_a_number_of_another_pool_adds_nothing(masking: CommandLine, tmp_path: Path) -> None:
    masking.json("pools", "create", "other")
    masking.json("numbers", "add", "other", "+442079460001")
    (tmp_path / "numbers.csv").write_text("number\n\n+442079460002\n+442079460001\n")
    refused = masking("numbers", "add", "ride-uk", "--csv", "numbers.csv", "--json")
    assert (refused.code, refused.out) == (ExitCode.REFUSED, "")
    assert refused.error["reason"] == "ALREADY_EXISTS"
    assert listed(masking, "--pool", "ride-uk") == []


def test_what_only_the_server_refuses_is_named_by_its_line_too() -> None:
    # Its plan may be newer than the command's, which here is asked nothing.
    lines = [NumberLine(3, "+442079460002", "", "", voice=True, sms=False)]
    error = CommandError(ExitCode.REFUSED, "INVALID_ARGUMENT", "numbers[0].number: is short", field="numbers[0].number")
    assert str(with_line(error, lines)).endswith("line 3: is short")
    assert with_line(error, [replace(lines[0], line=0)]) is error


def test_either_numbers_or_a_file_is_given(masking: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("+442079460001\n")
    assert masking("numbers", "add", "ride-uk").code == ExitCode.USAGE
    assert masking("numbers", "add", "ride-uk", "+442079460001", "--csv", "numbers.csv").code == ExitCode.USAGE
    assert masking("numbers", "add", "ride-uk", "--csv", "none.csv").code == ExitCode.USAGE


def test_numbers_are_listed_by_state_and_country(masking: CommandLine) -> None:
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002", "+493023125000")
    drained = masking("numbers", "drain", "+442079460002")
    assert "draining" in drained.out
    assert listed(masking, "--state", "draining") == ["+442079460002"]
    assert listed(masking, "--state", "in-service", "--country", "gb") == ["+442079460001"]
    assert listed(masking, "--limit", "1", "--all") == ["+442079460001", "+442079460002", "+493023125000"]
    assert masking("numbers", "list", "--country", "FR").out == "no numbers\n"


def test_a_number_that_no_session_has_is_removed(masking: CommandLine) -> None:
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")
    assert masking("numbers", "remove", "+442079460001").out == "removed: +442079460001\n"
    assert listed(masking) == ["+442079460002"]
    assert masking.json("numbers", "remove", "+442079460002") == {"removed": ["+442079460002"]}
    assert masking("numbers", "remove", "+442079460002").code == ExitCode.REFUSED


def test_a_number_with_sessions_is_not_removed(masking: CommandLine) -> None:
    masking.json("numbers", "add", "ride-uk", "+442079460001")
    masking.json(
        *("sessions", "open", "--pool", "ride-uk", "--participant", "+447700900101", "--participant", "+447700900102")
    )
    refused = masking("numbers", "remove", "+442079460001", "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.REFUSED, "NUMBER_IN_USE")


def test_a_thing_that_is_no_number_is_not_sent(masking: CommandLine) -> None:
    refused = masking("numbers", "drain", "07700900101")
    assert refused.code == ExitCode.USAGE
    assert "07700900101" not in refused.err
