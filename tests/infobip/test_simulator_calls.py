"""Calls that the stand-in places: what it posts, how it signs, and how it obeys."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from infobip_api_client.models.number_masking_callback_request import NumberMaskingCallbackRequest
from infobip_api_client.models.number_masking_status_request import NumberMaskingStatusRequest

from adapters.infobip_simulator.server import Simulator
from adapters.infobip_simulator.webhooks import Webhook
from adapters.settings import Settings, load_settings
from adapters.storage.registry import open_store
from edge.edge_client import services
from infobip.conftest import KEY
from infobip.http_servers import Receiver, edge_for, running
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.signature import Credential, SignatureVerifier
from support.world import World, real, virtual

CREDENTIAL = Credential("webhook-id", "webhook-key")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver(lambda _, __: (200, {"command": "audio", "fileId": "f"}))
    with running(receiver):
        yield receiver


def set_up(simulator: Simulator, base_url: str, **more: str) -> None:
    """Have the account's one number lead to this server."""
    account = simulator.account
    account.rent([virtual(0)])
    account.create_credentials({"apiId": CREDENTIAL.api_id, "key": CREDENTIAL.key})
    urls = {"callbackUrl": f"{base_url}/infobip/callback", "statusUrl": f"{base_url}/infobip/status"}
    key = account.create_configuration({"name": "Masking", **urls, **more})["key"]
    (number,) = account.numbers
    account.create_voice(number, {"action": {"type": "VOICE_NUMBER_MASKING", "voiceNumberMaskingConfigKey": key}})


def signed(receiver: Receiver, index: int, url: str, *, is_status: bool = False) -> dict[str, Any]:
    """The members of a webhook that verifies for this URL."""
    _, authorization, body = receiver.posted[index]
    SignatureVerifier([url], [CREDENTIAL], is_status=is_status).verify(authorization, body)
    members: dict[str, Any] = json.loads(body)
    return members


def test_a_call_circles_through_an_edge(simulator: Simulator) -> None:
    world = World(open_store("memory://"))
    world.pool(1)
    heard = Audio(standard=Announcement.CALL_RECORDED)
    opened = world.open(
        1, 2, call_settings=CallSettings(record=True, caller_announcement=heard, callee_announcement=heard)
    )

    def settings(base_url: str) -> Settings:
        pair = f"{CREDENTIAL.api_id}:{CREDENTIAL.key}"
        return load_settings({"MASKING_WEBHOOK_CREDENTIALS": pair, "MASKING_PUBLIC_URL": base_url})

    with edge_for(services(world), settings) as base_url:
        set_up(simulator, base_url)
        call = simulator.network.place(real(1), virtual(0))
    assert call.command["phoneNumber"] == real(2)[1:]
    assert [(each.kind, each.status) for each in call.webhooks] == [("callback", 200), ("report", 200)]
    assert simulator.account.media.recording(call.recording_file_id).reference == call.command["clientReferenceId"]
    (body,) = world.reports.of_session(opened.session.session_id)
    assert json.loads(body)["recordingFileId"] == call.recording_file_id


def test_what_is_posted_is_what_the_official_models_know(simulator: Simulator, receiver: Receiver) -> None:
    set_up(simulator, receiver.base_url)
    simulator.network.place(real(1), virtual(0))
    callback = signed(receiver, 0, f"{receiver.base_url}/infobip/callback")
    report = signed(receiver, 1, f"{receiver.base_url}/infobip/status", is_status=True)
    known = NumberMaskingCallbackRequest.from_dict(callback)
    assert known is not None
    assert known.to_dict() == callback
    text = receiver.posted[1][2].decode()
    assert '"pricePerSecond":0.0,' in text
    assert text.count('"inboundDuration"') == 2
    # Its members are those of the published example, where numbers are texts; the models want numbers.
    numbers = {name: int(report[name]) for name in ("duration", "inboundDuration")}
    told = NumberMaskingStatusRequest.from_dict(report | numbers)
    assert told is not None
    assert (told.status, told.correlation_id) == ("answered", known.correlation_id)


def test_the_signature_is_the_one_published() -> None:
    body = (
        b'{"from":"40257076838","to":"40257879513","nmCorrelationId":"7cb72e4b-cf9f-40b6-9fc4-79588d18a666",'
        b'"correlationId":"0f754338-1aff-4e09-a933-7d205ca7aed4"}'
    )
    pair = {"apiId": "55ddccad2df62a4b615b7e3c472b2ab6", "key": "5da086b6a8e4424993646b8699c333ca"}
    header = Webhook(body, body).authorization("https://my.company.server/nmcallback", pair)
    assert header == f"{pair['apiId']}:66c5985cf14f92e29c5647d4d9c4f12107a17507fe4ecfb3f5d4d2065e3dfab3"
    assert Webhook(body, body).authorization("https://my.company.server/nmcallback", None) is None


def test_digits_that_are_typed_come_in_a_second_callback(simulator: Simulator, receiver: Receiver) -> None:
    def script(path: str, members: dict[str, Any]) -> tuple[int, Any]:
        if path.endswith("/status") or members.get("dtmfCaptured"):
            return 200, {"command": "audio", "fileId": "bye"}
        return 200, {"command": "captureDtmf", "fileId": "pin", "maxLength": 4}

    receiver.script = script
    set_up(simulator, receiver.base_url)
    call = simulator.network.place(real(1), virtual(0), digits=["123456"])
    url = f"{receiver.base_url}/infobip/callback"
    first, second = signed(receiver, 0, url), signed(receiver, 1, url)
    assert second == {**first, "from": "1234", "dtmfCaptured": True}
    assert [command["command"] for command in call.commands] == ["captureDtmf", "audio"]


@pytest.mark.parametrize("failing", ["5xx", "nobody"])
def test_the_backup_urls_are_tried_when_the_first_fail(simulator: Simulator, receiver: Receiver, failing: str) -> None:
    receiver.script = lambda path, _: (503 if "/infobip/" in path else 200, {"command": "audio", "fileId": "f"})
    backup = receiver.base_url
    primary = receiver.base_url if failing == "5xx" else "http://127.0.0.1:1"
    set_up(simulator, primary, backupCallbackUrl=f"{backup}/b/callback", backupStatusUrl=f"{backup}/b/status")
    call = simulator.network.place(real(1), virtual(0))
    status = 503 if failing == "5xx" else 0
    told = [(each.kind, each.status) for each in call.webhooks]
    assert told == [("callback", status), ("callback", 200), ("report", status), ("report", 200)]
    signed(receiver, -1, f"{backup}/b/status", is_status=True)
    assert call.command["fileId"] == "f"


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error": "no"}),
        (200, ["audio"]),
        (200, {"command": "sing"}),
        (200, {"command": "audio"}),
        (200, {"command": "audio", "fileId": "f", "fileUrl": "http://u"}),
        (200, {"command": "dial", "phoneNumber": "447700900102"}),
        (200, {"command": "dial", "phoneNumber": "+447700900102", "callerId": "442079460001"}),
        (200, {"command": "dial", "phoneNumber": "4477", "callerId": "4420", "recording": {"enabled": True}}),
        (200, {"command": "captureDtmf", "fileId": "f"}),
    ],
)
def test_what_cannot_be_obeyed_is_written_down_and_reported_failed(
    simulator: Simulator, receiver: Receiver, answer: tuple[int, Any]
) -> None:
    receiver.script = lambda path, _: answer if path.endswith("callback") else (200, {})
    set_up(simulator, receiver.base_url)
    call = simulator.network.place(real(1), virtual(0))
    assert call.problem
    assert json.loads(receiver.posted[-1][2])["status"] == "failed"


def test_a_number_without_a_working_set_up_is_a_dead_line(simulator: Simulator, receiver: Receiver) -> None:
    def dead() -> str:
        return simulator.network.place(real(1), virtual(0)).problem

    assert dead() == "the number is not in service"
    set_up(simulator, receiver.base_url)
    account = simulator.account
    (number,) = account.numbers
    account.delete_configuration(next(iter(account.configurations)))
    assert dead() == "the number's masking configuration is gone"
    account.replace_voice(number, {"action": {"type": "FORWARD_TO_NUMBER"}})
    assert dead() == "the number has no masking set-up"
    account.delete_voice(number)
    assert dead() == "the number has no masking set-up"
    account.cancel(virtual(0))
    assert dead() == "the number is not in service"
    assert receiver.posted == []


def test_an_operator_places_calls_and_rents_numbers_over_http(simulator: Simulator, receiver: Receiver) -> None:
    set_up(simulator, receiver.base_url)
    with httpx.Client(
        base_url=simulator.base_url, headers={"Authorization": f"App {KEY}"}, trust_env=False
    ) as operator:
        assert operator.post("/simulator/numbers", json={"numbers": [virtual(1)], "tags": ["ride"]}).status_code == 204
        assert simulator.account.find(virtual(1))
        placed = operator.post("/simulator/calls", json={"from": real(1), "to": virtual(0)}).json()
        assert placed["commands"] == [{"command": "audio", "fileId": "f"}]
        assert operator.get("/simulator/calls").json() == {"calls": [placed]}
        assert operator.post("/simulator/calls", json={"status": "eaten"}).status_code == 400
        assert operator.request("DELETE", "/simulator/numbers", json={"numbers": [virtual(1)]}).status_code == 204
        assert simulator.account.find(virtual(1)) is None
