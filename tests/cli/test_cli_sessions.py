import re

import pytest

from adapters.cli.exit_codes import ExitCode
from cli.command_line import CommandLine, Ended

pytestmark = pytest.mark.usefixtures("server")

TWO = ("--pool", "ride-uk", "--participant", "+447700900101", "--participant", "+447700900102")


@pytest.fixture(autouse=True)
def pool(masking: CommandLine, server: object) -> None:
    del server
    masking.json("pools", "create", "ride-uk")
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")


def test_a_session_gives_each_participant_a_number_to_dial(masking: CommandLine) -> None:
    opened = masking("sessions", "open", *TWO)
    assert opened.code == ExitCode.OK
    record, _, table = opened.out.partition("\n\n")
    assert "state   active" in record.splitlines()
    assert "ends    when it is closed" in record.splitlines()
    rows = [line.split() for line in table.splitlines()]
    assert rows[0] == ["PARTICIPANT", "DIALS", "REACH", "LABEL"]
    assert [row[0] for row in rows[1:]] == ["+44••••••0101", "+44••••••0102"]
    assert {row[1] for row in rows[1:]} <= {"+442079460001", "+442079460002"}
    assert not re.search(r"\+4477009001", opened.out)


def test_quiet_prints_the_name_alone(masking: CommandLine) -> None:
    name = masking("sessions", "open", *TWO, "-q").out
    assert re.fullmatch(r"sessions/[0-9a-f-]{36}\n", name)
    assert masking.json("sessions", "get", name.strip())["name"] == name.strip()


def test_everything_about_a_session_has_its_option(masking: CommandLine) -> None:
    opened = masking.json(
        *("sessions", "open", "--pool", "pools/ride-uk", "--ttl", "2h", "--reserve", "--reference", "order 7"),
        *("--participant", "+447700900101,+447700900111=the driver", "--participant", "+447700900102=rider"),
        *("--proxy", "any", "--proxy", "+442079460002", "--label", "city=York", "--label", "kind=parcel=big"),
        *("--record", "--caller-announcement", "call-recorded", "--callee-announcement", "file:abc"),
        *("--omit-callee-announcement", "--caller-id", "+442079460001", "--request-id", "7f"),
    )
    name = opened["name"]
    full = masking.json("sessions", "get", name, "--full")
    driver, rider = full["participants"]
    assert driver["phone_numbers"] == ["+447700900101", "+447700900111"]
    assert (driver["label"], driver["proxy_number"]) == ("the driver", "+442079460001")
    assert (rider["label"], rider["proxy_number"]) == ("rider", "+442079460002")
    assert (full["reference"], full["labels"]) == ("order 7", {"city": "York", "kind": "parcel=big"})
    assert full["reserve_numbers"] is True
    assert full["call_settings"] == {
        "record": True,
        "omit_callee_announcement_from_recording": True,
        "caller_announcement": {"standard": "ANNOUNCEMENT_CALL_RECORDED"},
        "callee_announcement": {"file_id": "abc"},
        "caller_id": "CALLER_ID_FIXED",
        "fixed_caller_id": "+442079460001",
    }
    shown = masking("sessions", "get", name).out.splitlines()
    assert "reference     order 7" in shown
    assert "labels        city=York kind=parcel=big" in shown
    assert "caller hears  call-recorded" in shown
    assert "callee hears  file:abc" in shown
    assert "callee sees   +442079460001" in shown


def test_a_session_has_the_pools_settings_unless_it_names_its_own(masking: CommandLine) -> None:
    told = ("--caller-announcement", "call-recorded", "--callee-announcement", "call-recorded")
    masking.json("pools", "update", "ride-uk", "--record", *told)
    assert masking.json("sessions", "open", *TWO)["call_settings"]["record"] is True
    assert masking.json("sessions", "open", *TWO, "--no-record")["call_settings"]["record"] is False


def test_pins_are_shown_once_by_who_opens(masking: CommandLine) -> None:
    assert masking.json("sessions", "open", *TWO)["pins"] == []
    masking.json("pools", "update", "ride-uk", "--on-no-session", "ask-pin")
    opened = masking("sessions", "open", *TWO, "--request-id", "abc")
    head, *rows = opened.out.partition("\n\n")[2].splitlines()
    assert head.split() == ["PARTICIPANT", "DIALS", "REACH", "LABEL", "PIN"]
    pins = [row.split()[-1] for row in rows]
    assert all(re.fullmatch(r"[0-9]{8}", pin) for pin in pins)
    again = masking.json("sessions", "open", *TWO, "--request-id", "abc")
    assert again["pins"] == pins
    assert not any(pin in masking("sessions", "get", again["name"], "--json", "--full").out for pin in pins)


def test_the_same_request_id_opens_one_session(masking: CommandLine) -> None:
    first = masking("sessions", "open", *TWO, "--request-id", "abc", "-q")
    again = masking("sessions", "open", *TWO, "--request-id", "abc", "-q")
    assert first.out == again.out
    other = masking("sessions", "open", *TWO, "--request-id", "abc", "--reserve", "--json")
    assert (other.code, other.error["reason"]) == (ExitCode.REFUSED, "REQUEST_ID_REUSED")


def test_an_end_is_a_duration_or_a_time(masking: CommandLine) -> None:
    timed = masking.json("sessions", "open", *TWO, "--expire", "2099-12-31T23:59:59+01:00")
    assert timed["expire_time"] == "2099-12-31T22:59:59Z"
    assert masking("sessions", "open", *TWO, "--ttl", "2h", "--expire", "2099-12-31T23:59:59Z").code == ExitCode.USAGE
    past = masking("sessions", "open", *TWO, "--expire", "2001-01-01T00:00:00Z", "--json")
    assert (past.code, past.error["field"]) == (ExitCode.REFUSED, "expire_time")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--pool", "ride-uk", "--participant", "+447700900101"),
        (*TWO, "--participant", "+447700900103"),
        (*TWO, "--proxy", "any", "--proxy", "any", "--proxy", "any"),
        ("--pool", "ride-uk", "--participant", "07700900101", "--participant", "+447700900102"),
        ("--pool", "ride-uk", "--participant", "", "--participant", "+447700900102"),
        (*TWO, "--caller-announcement", "hello"),
        (*TWO, "--label", "city"),
        (*TWO, "--proxy", "one"),
        TWO[2:],
    ],
)
def test_a_session_that_cannot_be_meant_is_not_sent(masking: CommandLine, arguments: tuple[str, ...]) -> None:
    refused = masking("sessions", "open", *arguments)
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "7700900" not in refused.err


def test_exhaustion_is_told_with_its_report(masking: CommandLine) -> None:
    for _ in range(2):
        masking.json("sessions", "open", *TWO)
    refused = masking("sessions", "open", *TWO, "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.REFUSED, "POOL_EXHAUSTED")
    (ruled_out,) = refused.error["exhaustion"]["ruled_out"]
    assert (ruled_out["rule"], ruled_out["numbers"]) == ("IN_USE_BY_PARTICIPANT", 2)


def test_a_field_that_the_server_refuses_is_named(masking: CommandLine) -> None:
    refused = masking("sessions", "open", *TWO, "--record", "--json")
    assert (refused.code, refused.error["field"]) == (ExitCode.REFUSED, "call_settings.caller_announcement")


def test_sessions_are_listed_newest_first_by_any_filter(masking: CommandLine) -> None:
    names = [
        masking("sessions", "open", *TWO, "--reference", "one", "-q").out.strip(),
        masking("sessions", "open", *TWO, "--reference", "two", "-q").out.strip(),
    ]
    masking.json("sessions", "close", names[0])

    def listed(*filters: str) -> list[str]:
        return [session["name"] for session in masking.json("sessions", "list", *filters)["sessions"]]

    assert listed() == names[::-1]
    assert listed("--state", "active") == names[1:]
    assert listed("--state", "closed", "--pool", "ride-uk") == names[:1]
    assert listed("--reference", "two") == names[1:]
    assert listed("--phone-number", "+447700900102", "--limit", "1", "--all") == names[::-1]
    assert listed("--phone-number", "+447700900103") == []
    assert masking("sessions", "list", "--state", "expired").out == "no sessions\n"


def test_a_list_shows_real_numbers_only_when_it_is_told_to(masking: CommandLine) -> None:
    masking.json("sessions", "open", *TWO)
    assert "+44••••••0101 dials +4420794600" in masking("sessions", "list").out
    assert "+447700900101 dials +4420794600" in masking("sessions", "list", "--full").out
    assert "+447700900101" in masking("sessions", "list", "--full", "--json").out


def test_extend_gives_a_session_another_end(masking: CommandLine) -> None:
    name = masking("sessions", "open", *TWO, "-q").out.strip()
    later = masking.json("sessions", "extend", name, "--expire", "2099-01-01T00:00:00Z")
    assert later["expire_time"] == "2099-01-01T00:00:00Z"
    assert masking.json("sessions", "extend", name.removeprefix("sessions/"), "--ttl", "1h")["expire_time"] < "2099"
    assert masking("sessions", "extend", name).code == ExitCode.USAGE
    masking.json("sessions", "close", name)
    ended = masking("sessions", "extend", name, "--ttl", "1h", "--json")
    assert (ended.code, ended.error["reason"]) == (ExitCode.REFUSED, "SESSION_ENDED")


def test_closing_tells_that_it_is_closed_and_again_as_before(masking: CommandLine) -> None:
    name = masking("sessions", "open", *TWO, "-q").out.strip()
    closed = masking("sessions", "close", name)
    assert "state   closed" in closed.out.splitlines()
    assert masking("sessions", "close", name).out == closed.out
    missing = masking("sessions", "close", "0", "--json")
    assert (missing.code, missing.error["reason"]) == (ExitCode.REFUSED, "NOT_FOUND")


def opened_elsewhere(masking: CommandLine, address: str) -> Ended:
    return masking("sessions", "list", "--server", address, "--json")


def test_a_server_that_does_not_answer_is_told_with_a_hint(masking: CommandLine) -> None:
    away = opened_elsewhere(masking, "127.0.0.1:1")
    assert (away.code, away.out, away.error["reason"]) == (ExitCode.UNREACHABLE, "", "UNAVAILABLE")
    assert away.error["message"] == "no server answers at 127.0.0.1:1; is `masking serve` running?"


def test_another_server_is_named_by_its_address(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    address = masking.json("config")["settings"]["grpc_address"]["value"]
    monkeypatch.setenv("MASKING_GRPC_ADDRESS", "127.0.0.1:1")
    assert opened_elsewhere(masking, address).document == {"sessions": [], "next_page_token": ""}
    assert opened_elsewhere(masking, "nowhere").code == ExitCode.USAGE
