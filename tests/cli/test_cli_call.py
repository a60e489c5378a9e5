import json

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.cli.provider import Call, Provider
from adapters.composition import Services
from adapters.settings import load_settings
from cli.command_line import CommandLine

SESSION = ("sessions", "open", "--pool", "ride-uk", "--participant", "+447700900101", "--participant", "+447700900102")


@pytest.fixture(autouse=True)
def pool(masking: CommandLine, edge: str) -> None:
    del edge
    masking.json("pools", "create", "ride-uk")
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")


def proxies(masking: CommandLine, *more: str) -> tuple[str, tuple[str, str]]:
    """A new session's name, and the numbers that its participants dial."""
    opened = masking.json(*SESSION, *more)
    first, second = (participant["proxy_number"] for participant in opened["participants"])
    return opened["name"], (first, second)


def test_a_call_is_answered_in_words(masking: CommandLine) -> None:
    name, (first, second) = proxies(masking)
    connected = masking("call", "+447700900101", first)
    assert (connected.code, connected.out) == (ExitCode.OK, f"dials +447700900102, who sees {second}\n")
    masking.json("sessions", "close", name)
    late = masking("call", "+447700900101", first)
    assert late.code == ExitCode.OK
    assert late.out.startswith("plays http://")
    assert late.out.endswith("/audio/session-ended.mp3\n")


def test_a_call_is_answered_as_a_document(masking: CommandLine) -> None:
    name, (first, second) = proxies(masking)
    document = masking.json("call", "+447700900101", first)
    assert set(document) == {"answer", "nm_correlation_id", "correlation_id"}
    answer = document["answer"]
    assert answer["command"] == "dial"
    assert (answer["phoneNumber"], answer["callerId"]) == ("447700900102", second[1:])
    assert answer["clientReferenceId"].startswith(name.removeprefix("sessions/"))


def test_what_the_parties_hear_and_that_they_are_recorded_is_told(masking: CommandLine) -> None:
    _, (first, _) = proxies(
        masking, "--record", "--caller-announcement", "call-recorded", "--callee-announcement", "file:abc"
    )
    told = masking("call", "+447700900101", first).out.splitlines()
    assert told[1].startswith("  the caller first hears http://")
    assert told[2:] == ["  the callee first hears file:abc", "  the call is recorded"]


def test_a_withheld_caller_can_be_tried(masking: CommandLine) -> None:
    answer = masking.json("call", "anonymous", "+442079460001")["answer"]
    assert answer["fileUrl"].endswith("/audio/not-allowed.mp3")


def test_a_report_follows_the_call_and_is_kept(masking: CommandLine, services: Services) -> None:
    name, (first, _) = proxies(masking)
    reported = masking.json("call", "+447700900101", first, "--report", "no answer")
    assert reported["reported"] == "no answer"
    (body,) = services.reports.of_session(name.removeprefix("sessions/"))
    report = json.loads(body)
    assert (report["from"], report["transferTo"], report["status"]) == ("447700900101", "447700900102", "no answer")
    assert report["nmCorrelationId"] == reported["nm_correlation_id"]
    assert masking("call", "anonymous", first, "--report", "answered").out.endswith("\nreported: answered\n")


def test_an_edge_that_believes_another_key_refuses(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKING_WEBHOOK_CREDENTIALS", "new-id:wrong-key")
    refused = masking("call", "anonymous", "+442079460001", "--json")
    assert (refused.code, refused.out, refused.error["reason"]) == (ExitCode.REFUSED, "", "HTTP_401")


def test_an_edge_that_does_not_answer_is_told_with_a_hint(masking: CommandLine) -> None:
    away = masking("call", "+447700900101", "+442079460001", "--url", "http://127.0.0.1:1", "--json")
    assert (away.code, away.error["reason"]) == (ExitCode.UNREACHABLE, "UNAVAILABLE")
    assert "no edge answers at http://127.0.0.1:1" in away.error["message"]


@pytest.mark.parametrize("url", ["http://[broken", "masking.example.org", "ftp://masking.example.org", "http://a/?b"])
def test_an_edge_is_named_by_a_url(masking: CommandLine, url: str) -> None:
    assert masking("call", "+447700900101", "+442079460001", "--url", url).code == ExitCode.USAGE


def test_without_credentials_there_is_nothing_to_sign_with(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MASKING_WEBHOOK_CREDENTIALS")
    assert masking("call", "anonymous", "+442079460001").code == ExitCode.SETTINGS
    monkeypatch.setenv("MASKING_WEBHOOK_AUTH", "none")
    assert masking("call", "anonymous", "+442079460001").code == ExitCode.REFUSED


def test_a_number_that_is_none_is_not_sent(masking: CommandLine) -> None:
    refused = masking("call", "07700900101", "+442079460001")
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "07700900101" not in refused.err


def test_a_callback_has_the_provider_s_members_in_the_provider_s_spelling() -> None:
    call = Call.new("+447700900101", "+442079460001")
    assert call.callback() == {
        "from": "447700900101",
        "to": "442079460001",
        "nmCorrelationId": call.nm_correlation_id,
        "correlationId": call.correlation_id,
    }
    assert Call.new("", "+442079460001").callback()["from"] == "anonymous"


def test_the_edge_is_dialled_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    # An edge on every interface is not one that can be reached at 0.0.0.0.
    port = load_settings().edge_address.rpartition(":")[2]
    monkeypatch.setenv("MASKING_EDGE_ADDRESS", f"0.0.0.0:{port}")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    answer = Provider(load_settings(), None).post_callback(Call.new("", "+442079460001").callback())
    assert answer["command"] == "audio"
