"""The stand-in against the official client, which is somebody else's reading of the same contract."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from infobip_api_client.api.calls_api import CallsApi
from infobip_api_client.api.number_masking_api import NumberMaskingApi
from infobip_api_client.api_client import ApiClient, Configuration
from infobip_api_client.exceptions import ApiException
from infobip_api_client.models.number_masking_credentials_body import NumberMaskingCredentialsBody
from infobip_api_client.models.number_masking_setup_body import NumberMaskingSetupBody
from infobip_api_client.models.number_masking_upload_body import NumberMaskingUploadBody

from adapters.infobip_simulator.faults import Fault
from adapters.infobip_simulator.server import Simulator
from infobip.conftest import KEY
from support.world import virtual

CALLBACK = "https://masking.example.org/infobip/callback"
MP3 = base64.b64encode(b"ID3" + bytes(100)).decode()


@pytest.fixture
def official(simulator: Simulator) -> Iterator[ApiClient]:
    with ApiClient(Configuration(host=simulator.base_url, api_key=KEY)) as client:
        yield client


@pytest.fixture
def masking_api(official: ApiClient) -> NumberMaskingApi:
    return NumberMaskingApi(official)


@pytest.fixture
def http(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.base_url, headers={"Authorization": f"App {KEY}"}, trust_env=False) as client:
        yield client


def setup_body(name: str = "Masking", **more: Any) -> NumberMaskingSetupBody:
    return NumberMaskingSetupBody(name=name, callback_url=CALLBACK, **more)


def status_of(raised: pytest.ExceptionInfo[ApiException]) -> int:
    return int(raised.value.status)


def test_a_configuration_lives_as_the_official_client_knows_it(masking_api: NumberMaskingApi) -> None:
    made = masking_api.create_number_masking_configuration(setup_body(status_url=CALLBACK))
    assert (made.name, made.callback_url, made.status_url, made.backup_callback_url) == (
        "Masking",
        CALLBACK,
        CALLBACK,
        None,
    )
    changed = masking_api.update_number_masking_configuration(made.key, setup_body("Other"))
    assert (changed.key, changed.name, changed.status_url) == (made.key, "Other", None)
    assert changed.insert_date_time == made.insert_date_time
    assert masking_api.get_number_masking_configuration(made.key) == changed
    assert masking_api.get_number_masking_configurations() == [changed]
    masking_api.delete_number_masking_configuration(made.key)
    with pytest.raises(ApiException) as gone:
        masking_api.get_number_masking_configuration(made.key)
    assert status_of(gone) == 404


def test_credentials_are_one_pair_that_is_made_once_and_then_replaced(masking_api: NumberMaskingApi) -> None:
    first, second = (NumberMaskingCredentialsBody(api_id=name, key=f"{name}-key") for name in ("one", "two"))
    for absent in (masking_api.get_number_masking_credentials, masking_api.delete_number_masking_credentials):
        with pytest.raises(ApiException) as raised:
            absent()
        assert status_of(raised) == 404
    assert masking_api.create_number_masking_credentials(first).api_id == "one"
    with pytest.raises(ApiException) as raised:
        masking_api.create_number_masking_credentials(second)
    assert status_of(raised) == 409
    assert masking_api.update_number_masking_credentials(second).key == "two-key"
    assert masking_api.get_number_masking_credentials().api_id == "two"
    masking_api.delete_number_masking_credentials()


def test_audio_is_an_mp3_or_an_address_and_no_larger_than_allowed(masking_api: NumberMaskingApi) -> None:
    uploaded = masking_api.upload_audio_files(NumberMaskingUploadBody(content=MP3))
    linked = masking_api.upload_audio_files(NumberMaskingUploadBody(url="https://masking.example.org/ended.mp3"))
    assert uploaded.file_id
    assert uploaded.file_id != linked.file_id
    wave = base64.b64encode(b"RIFF" + bytes(100)).decode()
    large = base64.b64encode(b"ID3" + bytes(4 * 1024 * 1024)).decode()
    for refused in ({}, {"url": CALLBACK, "content": MP3}, {"content": "?"}, {"content": wave}, {"content": large}):
        with pytest.raises(ApiException) as raised:
            masking_api.upload_audio_files(NumberMaskingUploadBody(**refused))
        assert status_of(raised) == 400


def test_recordings_are_listed_fetched_in_ranges_and_deleted(
    simulator: Simulator, official: ApiClient, http: httpx.Client
) -> None:
    first, second = (simulator.account.media.record(f"session.call-{index}", 2) for index in (1, 2))
    calls = CallsApi(official)
    page = calls.get_dialogs_recordings(application_id="NUMBER_MASKING", size=1)
    assert (page.paging.total_results, page.paging.total_pages) == (2, 2)
    (file,) = page.results[0].composed_files
    assert (file.id, file.name, file.duration) == (first, "session.call-1.wav", 2)
    whole = http.get(f"/calls/1/recordings/files/{first}")
    assert whole.content[:4] == b"RIFF"
    assert len(whole.content) == file.size
    part = http.get(f"/calls/1/recordings/files/{first}", headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, whole.content[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{file.size}"
    beyond = http.get(f"/calls/1/recordings/files/{first}", headers={"Range": f"bytes={file.size}-"})
    assert beyond.status_code == 416
    assert calls.delete_recording_file(first).id == first
    assert http.get(f"/calls/1/recordings/files/{first}").status_code == 404
    assert http.get(f"/calls/1/recordings/files/{second}").status_code == 200


def test_numbers_are_paged_and_filtered(simulator: Simulator, http: httpx.Client) -> None:
    simulator.account.rent([virtual(index) for index in range(5)])
    simulator.account.rent(["+12125550100"], "US", capabilities=("SMS",))
    pages = [http.get("/numbers/1/numbers", params={"limit": 4, "page": page}).json() for page in (0, 1, 2)]
    assert [len(page["numbers"]) for page in pages] == [4, 2, 0]
    assert {page["numberCount"] for page in pages} == {6}
    (found,) = http.get("/numbers/1/numbers", params={"number": "1212555"}).json()["numbers"]
    assert (found["number"], found["country"], found["capabilities"]) == ("12125550100", "US", ["SMS"])
    for wrong in ({"limit": "0"}, {"limit": "many"}, {"page": "-1"}):
        assert http.get("/numbers/1/numbers", params=wrong).status_code == 400


def test_a_number_has_one_voice_action(simulator: Simulator, http: httpx.Client) -> None:
    simulator.account.rent([virtual(0)])
    simulator.account.rent(["+12125550100"], "US", capabilities=("SMS",))
    configuration = simulator.account.create_configuration({"name": "Masking", "callbackUrl": CALLBACK})["key"]
    body = {"action": {"type": "VOICE_NUMBER_MASKING", "voiceNumberMaskingConfigKey": configuration}}
    other = {"action": {"type": "FORWARD_TO_NUMBER"}}
    mute, talking = (each["numberKey"] for each in http.get("/numbers/1/numbers").json()["numbers"])
    path = f"/numbers/2/numbers/{talking}/voice"
    assert [http.request(method, path, json=body).status_code for method in ("GET", "PUT", "DELETE")] == [404] * 3
    assert http.post(path, json=body).json() == body
    assert http.post(path, json=other).status_code == 409
    assert http.get(path).json() == body
    assert http.put(path, json=other).json() == other
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    assert http.post(f"/numbers/2/numbers/{mute}/voice", json=body).status_code == 400
    assert http.get("/numbers/2/numbers/none/voice").status_code == 404
    unknown = {"action": {"type": "VOICE_NUMBER_MASKING", "voiceNumberMaskingConfigKey": "none"}}
    wrong: dict[str, Any]
    for wrong in ({}, {"action": {}}, unknown):
        assert http.post(path, json=wrong).status_code == 400


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({"callbackUrl": CALLBACK}, "name"),
        ({"name": "dash-ed", "callbackUrl": CALLBACK}, "name"),
        ({"name": "n" * 101, "callbackUrl": CALLBACK}, "name"),
        ({"name": "Masking"}, "callbackUrl"),
        ({"name": "Masking", "callbackUrl": "masking.example.org"}, "callbackUrl"),
        ({"name": "Masking", "callbackUrl": CALLBACK, "statusUrl": "x"}, "statusUrl"),
        ({"name": "Masking", "callbackUrl": CALLBACK, "description": "a-b"}, "description"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_member(
    http: httpx.Client, body: dict[str, str], member: str
) -> None:
    answer = http.post("/voice/masking/2/config", json=body)
    told = answer.json()["requestError"]["serviceException"]
    assert (answer.status_code, told["messageId"], list(told["validationErrors"])) == (400, "BAD_REQUEST", [member])


def test_a_configuration_s_name_is_its_own(http: httpx.Client) -> None:
    bodies = [{"name": name, "callbackUrl": CALLBACK} for name in ("One", "Two")]
    first, _ = (http.post("/voice/masking/2/config", json=body).json()["key"] for body in bodies)
    assert http.post("/voice/masking/2/config", json=bodies[0]).status_code == 409
    assert http.put(f"/voice/masking/2/config/{first}", json=bodies[1]).status_code == 409
    assert http.put(f"/voice/masking/2/config/{first}", json=bodies[0]).status_code == 200


def test_whoever_has_no_key_is_told_nothing(simulator: Simulator, http: httpx.Client) -> None:
    for authorization in ("", "App wrong", f"Bearer {KEY}", KEY):
        answer = http.get("/numbers/1/numbers", headers={"Authorization": authorization})
        assert answer.status_code == 401
        assert answer.json()["requestError"]["serviceException"]["messageId"] == "UNAUTHORIZED"
    assert httpx.post(f"{simulator.base_url}/simulator/calls", json={}, trust_env=False).status_code == 401


def test_what_is_not_there_and_what_is_no_request_is_refused(http: httpx.Client) -> None:
    assert http.get("/nowhere").status_code == 404
    assert http.post("/numbers/1/numbers").status_code == 405
    assert http.post("/voice/masking/2/config", content=b"[]").status_code == 400
    assert http.post("/voice/masking/2/config", content=b"{").status_code == 400


def test_faults_meet_the_requests_they_are_meant_for(simulator: Simulator, http: httpx.Client) -> None:
    simulator.faults.by_request = dict(enumerate(Fault, start=2))
    simulator.faults.retry_after = 7

    def post(number: int) -> httpx.Response:
        return http.post("/voice/masking/2/config", json={"name": f"Number {number}", "callbackUrl": CALLBACK})

    assert post(1).status_code == 200
    for number in (2, 3):
        with pytest.raises(httpx.RemoteProtocolError):
            post(number)
    limited = post(4)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert [post(number).status_code for number in (5, 6, 7)] == [500, 500, 200]
    names = [each["name"] for each in http.get("/voice/masking/2/config").json()]
    assert names == ["Number 1", "Number 3", "Number 6", "Number 7"]
