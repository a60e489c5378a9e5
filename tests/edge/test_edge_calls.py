"""Calls from the provider's post to what it hears: every row of the matching table, over real services."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from edge import recorded
from edge.edge_client import CALLBACK_URL, CREDENTIAL, Edge, callback_body
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.calls import session_of_reference
from masking_core.instants import HOUR, SECOND
from masking_core.pools import Treatment
from masking_core.signature import Credential
from support.world import proxies, real, virtual

CALL_CENTRE = "+442079460999"


def played(announcement: Announcement) -> dict[str, str]:
    return {"command": "audio", "fileUrl": f"https://edge.example.org/audio/{announcement.value}.mp3"}


@pytest.fixture
def edge() -> Edge:
    return Edge()


def test_a_number_in_no_pool_is_not_in_service(edge: Edge) -> None:
    assert edge.call(real(1), virtual(0)) == played(Announcement.NOT_IN_SERVICE)
    assert edge.call(None, "12") == played(Announcement.NOT_IN_SERVICE)


def test_both_sides_of_a_session_reach_each_other_under_numbers_that_call_back(edge: Edge) -> None:
    edge.world.pool()
    session = edge.world.open(1, 2)
    first, second = proxies(session)

    there = edge.call(real(1), first)
    back = edge.call(real(2), f"+{there['callerId']}")

    assert there["phoneNumber"] == real(2)[1:]
    assert there["callerId"] == second[1:]
    assert back["phoneNumber"] == real(1)[1:]
    assert back["callerId"] == first[1:]
    assert session_of_reference(there["clientReferenceId"]) == session.session.session_id
    assert there["clientReferenceId"] != edge.call(real(1), first, "call-2")["clientReferenceId"]


def test_three_people_in_two_sessions_reach_each_other_in_all_six_ways(edge: Edge) -> None:
    edge.world.pool(numbers=2)
    for people in ((1, 2), (1, 3)):
        numbers = proxies(edge.world.open(*people))
        for caller, callee in (0, 1), (1, 0):
            there = edge.call(real(people[caller]), numbers[caller])
            back = edge.call(real(people[callee]), f"+{there['callerId']}")
            assert there["phoneNumber"] == real(people[callee])[1:]
            assert back["phoneNumber"] == real(people[caller])[1:]


def test_a_late_caller_hears_that_the_session_ended(edge: Edge) -> None:
    edge.world.pool()
    closed, expired = edge.world.open(1, 2), edge.world.open(3, 4, time_to_live=HOUR)
    edge.world.sessions.close(closed.session.session_id)
    edge.world.now += HOUR

    for caller, session in ((1, closed), (3, expired)):
        assert edge.call(real(caller), proxies(session)[0]) == played(Announcement.SESSION_ENDED)


def test_a_session_ends_at_the_moment_it_expires(edge: Edge) -> None:
    edge.world.pool()
    dialled = proxies(edge.world.open(1, 2, time_to_live=SECOND))[0]
    edge.world.now += SECOND - 1

    assert edge.call(real(1), dialled)["command"] == "dial"
    edge.world.now += 1
    assert edge.call(real(1), dialled) == played(Announcement.SESSION_ENDED)


def test_a_stranger_and_a_withheld_caller_are_not_allowed(edge: Edge) -> None:
    edge.world.pool()
    dialled = proxies(edge.world.open(1, 2))[0]

    for caller in (real(3), None, "anonymous", ""):
        assert edge.call(caller, dialled) == played(Announcement.NOT_ALLOWED)


def test_a_pool_forwards_whom_it_does_not_connect(edge: Edge) -> None:
    edge.world.pool(call_centre=CALL_CENTRE, on_ended_session=Treatment.FORWARD, on_no_session=Treatment.FORWARD)
    session = edge.world.open(1, 2)
    dialled = proxies(session)[0]
    edge.world.sessions.close(session.session.session_id)

    for index, caller in enumerate((real(1), real(3), None)):
        told = edge.call(caller, dialled, f"call-{index}")
        reference = told.pop("clientReferenceId")
        assert session_of_reference(reference) == (session.session.session_id if caller == real(1) else "")
        assert told == {
            "command": "dial",
            "phoneNumber": CALL_CENTRE[1:],
            "callerId": dialled[1:],
        }


def test_a_pool_speaks_with_its_own_recordings(edge: Edge) -> None:
    edge.world.pool(announcements={Announcement.NOT_ALLOWED: Audio(file_id="no")})

    assert edge.call(real(3), virtual(0)) == {"command": "audio", "fileId": "no"}


def test_a_recorded_session_tells_both_parties(edge: Edge) -> None:
    told = Audio(standard=Announcement.CALL_RECORDED)
    edge.world.pool(announcements={Announcement.CALL_RECORDED: Audio(file_id="recorded")})
    session = edge.world.open(
        1, 2, call_settings=CallSettings(record=True, caller_announcement=told, callee_announcement=told)
    )

    answer = edge.call(real(1), proxies(session)[0])

    assert answer["recording"] == {"enabled": True, "recordCalleeAnnouncement": True}
    assert answer["announcements"] == {"caller": {"fileId": "recorded"}, "callee": {"fileId": "recorded"}}


def test_the_same_callback_gets_the_same_bytes(edge: Edge) -> None:
    edge.world.pool()
    body = callback_body(real(1), proxies(edge.world.open(1, 2))[0])

    assert edge.callback(body).content == edge.callback(body).content


def test_digits_typed_after_a_prompt_connect_nobody(edge: Edge) -> None:
    edge.world.pool()
    dialled = proxies(edge.world.open(1, 2))[0]
    members = {**json.loads(callback_body(real(1), dialled)), "dtmfCaptured": True}

    assert edge.callback(json.dumps(members).encode()).json == played(Announcement.NOT_ALLOWED)


def test_the_published_callback_is_accepted_with_its_published_header() -> None:
    published = Credential(recorded.API_ID, recorded.KEY)
    edge = Edge(callback_urls=(CALLBACK_URL, recorded.URL), webhook_credentials=(CREDENTIAL, published))

    answer = edge.post("/infobip/callback", recorded.CALLBACK, {"Authorization": recorded.AUTHORIZATION})

    assert answer.status_code == 200
    assert answer.json == played(Announcement.NOT_IN_SERVICE)


def test_an_edge_told_to_believe_everybody_asks_for_no_signature() -> None:
    edge = Edge(webhook_auth="none", webhook_credentials=())

    assert edge.post("/infobip/callback", callback_body(real(1), virtual(0))).status_code == 200
    assert edge.post("/infobip/status", b"{}", {"Authorization": "whatever"}).status_code == 200


def test_the_official_client_reads_the_answers_and_writes_callbacks_that_are_understood(
    models: ModuleType, edge: Edge
) -> None:
    edge.world.pool()
    dialled = proxies(edge.world.open(1, 2))[0]
    request = models.NumberMaskingCallbackRequest(var_from=real(1)[1:], to=dialled[1:], correlation_id="a")
    read: Callable[[bytes], Any] = models.CallbackResponse.from_json

    dial = read(edge.callback(request.to_json().encode()).content)
    play = read(edge.callback(callback_body(None, dialled)).content)

    assert (dial.command, dial.phone_number) == ("dial", real(2)[1:])
    assert (play.command, play.file_id) == ("audio", None)


def test_the_official_client_reads_the_callbacks_that_are_accepted(models: ModuleType) -> None:
    for body in (callback_body(real(1), virtual(0)), callback_body(None, virtual(0))):
        read = models.NumberMaskingCallbackRequest.from_json(body)
        assert (read.var_from, read.to) == (json.loads(body).get("from"), virtual(0)[1:])
