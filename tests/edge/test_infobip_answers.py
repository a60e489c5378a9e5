"""What the provider hears, read by its official client too."""

import json
from types import ModuleType
from typing import Any

import pytest

from masking_core.audio import Announcement, Audio
from masking_core.call_settings import PLAIN_CALL, CallSettings
from masking_core.calls import Decision, Dial, Play, Reason
from masking_core.phone_number import RealNumber
from webhook_edge.infobip import render, render_audio
from webhook_edge.recordings import audio_urls

URLS = audio_urls("https://edge.example.org")
CALLEE = RealNumber("+447700900002")
RECORDED = CallSettings(
    record=True,
    record_callee_announcement=False,
    caller_announcement=Audio(standard=Announcement.CALL_RECORDED),
    callee_announcement=Audio(file_id="file-2"),
)


def dial(
    call_settings: CallSettings = PLAIN_CALL,
    reference: str = "s.c",
    announcements: dict[Announcement, Audio] | None = None,
) -> Dial:
    return Dial(
        Reason.ACTIVE_SESSION, "pool", "s", CALLEE, "+442079460001", reference, call_settings, announcements or {}
    )


def play(audio: Audio | None) -> Play:
    return Play(Reason.NO_SESSION, "pool", Announcement.NOT_ALLOWED, audio)


def answer(decision: Decision) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(render(decision, URLS))
    return told


def test_a_plain_dial_says_whom_and_what_that_person_sees() -> None:
    assert answer(dial()) == {
        "command": "dial",
        "phoneNumber": "447700900002",
        "callerId": "442079460001",
        "clientReferenceId": "s.c",
    }


def test_a_recorded_call_tells_both_parties() -> None:
    told = answer(dial(RECORDED))

    assert told["recording"] == {"enabled": True, "recordCalleeAnnouncement": False}
    assert told["announcements"] == {
        "caller": {"fileUrl": "https://edge.example.org/audio/call-recorded.mp3"},
        "callee": {"fileId": "file-2"},
    }


def test_the_pools_recording_of_an_announcement_goes_before_ours() -> None:
    own = {Announcement.CALL_RECORDED: Audio(file_url="https://pool.example.org/recorded.mp3")}

    assert answer(dial(RECORDED, announcements=own))["announcements"]["caller"] == {
        "fileUrl": "https://pool.example.org/recorded.mp3"
    }


def test_an_announcement_needs_no_recording() -> None:
    told = answer(dial(CallSettings(callee_announcement=Audio(file_id="hello"))))

    assert told["announcements"] == {"callee": {"fileId": "hello"}}
    assert "recording" not in told


@pytest.mark.parametrize(
    ("audio", "file"),
    [
        (None, {"fileUrl": "https://edge.example.org/audio/not-allowed.mp3"}),
        (Audio(file_id="file-1"), {"fileId": "file-1"}),
        (Audio(file_url="https://pool.example.org/no.mp3"), {"fileUrl": "https://pool.example.org/no.mp3"}),
    ],
)
def test_a_play_names_exactly_one_file(audio: Audio | None, file: dict[str, str]) -> None:
    assert answer(play(audio)) == {"command": "audio", **file}


@pytest.mark.parametrize(
    "decision",
    [
        dial(),
        dial(reference=""),
        dial(RECORDED),
        dial(CallSettings(caller_announcement=Audio(file_id="hello"))),
        play(None),
        play(Audio(file_id="file-1")),
    ],
)
def test_the_official_client_reads_every_answer_whole(models: ModuleType, decision: Decision) -> None:
    body = render(decision, URLS)
    name = "CallsDialCallbackResponse" if isinstance(decision, Dial) else "CallsAudioCallbackResponse"

    read = models.CallbackResponse.from_json(body)

    assert type(read) is getattr(models, name)
    assert read.to_dict() == json.loads(body)


def test_the_official_client_reads_the_answer_of_an_outage(models: ModuleType) -> None:
    body = render_audio(Audio(standard=Announcement.TEMPORARILY_UNAVAILABLE), URLS)

    assert models.CallbackResponse.from_json(body).to_dict() == json.loads(body)
