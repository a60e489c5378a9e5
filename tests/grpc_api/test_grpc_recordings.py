"""Recordings over gRPC, of an account at the provider's stand-in."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import grpc
import pytest

from adapters.composition import Services
from adapters.grpc_server.downloads import MOST_DOWNLOADS
from adapters.infobip_simulator.faults import Fault
from adapters.infobip_simulator.server import Simulator, serving
from adapters.recording_files import ProviderRecordings
from adapters.secret import Secret
from grpc_api.asking import POOL_NAME, at
from grpc_api.grpc_caller import Api, refusal
from grpc_api.polling import eventually
from masking.v1 import call_service_pb2 as pb
from masking_core.call_records import CallReport, Outcome
from masking_core.instants import HOUR, MINUTE
from masking_core.services.call_reports import ReportedCall
from masking_core.services.recordings import Recordings
from support.callers import decided, record
from support.world import START, World

KEY = "a-made-up-key"
SECONDS = 40


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with serving(Simulator(("127.0.0.1", 0), KEY)) as running:
        yield running


@pytest.fixture
def services(services: Services, world: World, simulator: Simulator) -> Services:
    files = ProviderRecordings(simulator.base_url, Secret(KEY))
    return replace(services, recordings=Recordings(world.store, files, world.vault, world.clock))


@pytest.fixture
def file_id(simulator: Simulator) -> str:
    return simulator.account.media.record("", SECONDS)


def recorded(world: World, call_id: str, file_id: str, minutes: int = 0, session_id: str = "") -> None:
    record(world, decided(world, call_id, START + minutes * MINUTE, session_id=session_id))
    report = CallReport(Outcome.ANSWERED, recording_file_id=file_id, recording_status="HOSTED")
    world.reports.keep(file_id.encode(), ReportedCall(call_id, told=report))


def names(response: pb.ListRecordingsResponse) -> list[str]:
    return [each.name for each in response.recordings]


def asked(file_id: str, offset: int = 0) -> pb.DownloadRecordingRequest:
    return pb.DownloadRecordingRequest(name=f"recordings/{file_id}", offset=offset)


def test_recordings_are_listed_with_their_call_and_session(world: World, api: Api) -> None:
    recorded(world, "c1", "one", 0, "s1")
    recorded(world, "c2", "two", 5)
    listed = api.calls.ListRecordings(pb.ListRecordingsRequest(pool=POOL_NAME))
    assert list(listed.recordings) == [
        pb.Recording(name="recordings/two", call="calls/c2", time=at(START + 5 * MINUTE)),
        pb.Recording(name="recordings/one", call="calls/c1", session="sessions/s1", time=at(START)),
    ]
    assert names(api.calls.ListRecordings(pb.ListRecordingsRequest(session="sessions/s1"))) == ["recordings/one"]
    later = pb.ListRecordingsRequest(begin_time=at(START + MINUTE), end_time=at(START + HOUR))
    assert names(api.calls.ListRecordings(later)) == ["recordings/two"]


def test_pages_follow_one_another_under_the_same_filters_alone(world: World, api: Api) -> None:
    for index in range(5):
        recorded(world, f"c{index}", f"file-{index}", index)
    request, found = pb.ListRecordingsRequest(page_size=2), []
    while True:
        page = api.calls.ListRecordings(request)
        found += names(page)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert found == [f"recordings/file-{index}" for index in (4, 3, 2, 1, 0)]
    request.pool = POOL_NAME
    assert refusal(api.calls.ListRecordings, request).field == "page_token"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.ListRecordingsRequest(pool="ride-uk"), "pool"),
        (pb.ListRecordingsRequest(session="s1"), "session"),
        (pb.ListRecordingsRequest(page_size=-1), "page_size"),
    ],
)
def test_a_wrong_filter_is_named(api: Api, request_: pb.ListRecordingsRequest, field: str) -> None:
    assert refusal(api.calls.ListRecordings, request_).field == field


@pytest.mark.parametrize("offset", [0, 1, 100_000])
def test_a_recording_comes_in_pieces_with_its_size_first_and_a_checksum_last(
    simulator: Simulator, api: Api, file_id: str, offset: int
) -> None:
    data = simulator.account.media.recording(file_id).data
    responses = list(api.calls.DownloadRecording(asked(file_id, offset)))
    assert responses[0].total_size == len(data)
    assert b"".join(each.data for each in responses) == data[offset:]
    assert [each.sha256 for each in responses[:-1]] == [""] * (len(responses) - 1)
    assert responses[-1].sha256 == sha256(data[offset:]).hexdigest()
    assert len(responses) >= (5 if offset == 0 else 3)


def test_at_its_end_a_recording_is_empty_and_past_it_there_is_none(
    simulator: Simulator, api: Api, file_id: str
) -> None:
    size = len(simulator.account.media.recording(file_id).data)
    responses = list(api.calls.DownloadRecording(asked(file_id, size)))
    assert [each.data for each in responses] == [b"", b""]
    for offset in (size + 1, -1):
        refused = refusal(lambda offset=offset: list(api.calls.DownloadRecording(asked(file_id, offset))))
        assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "offset")


@pytest.mark.parametrize("name", ["", "recordings/", "file-1", "recordings/a/b", "recordings/..", "calls/c1"])
def test_a_name_that_is_none_is_refused(api: Api, name: str) -> None:
    download = refusal(lambda: list(api.calls.DownloadRecording(pb.DownloadRecordingRequest(name=name))))
    assert download.field == "name"
    assert refusal(api.calls.DeleteRecording, pb.DeleteRecordingRequest(name=name)).field == "name"


def test_a_recording_that_is_gone_is_not_found(api: Api) -> None:
    refused = refusal(lambda: list(api.calls.DownloadRecording(asked("gone"))))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


def test_a_provider_that_is_away_says_when_to_come_again(simulator: Simulator, api: Api, file_id: str) -> None:
    simulator.faults.by_request = {1: Fault.TOO_MANY, 2: Fault.DROPPED_AFTER}
    refused = refusal(lambda: list(api.calls.DownloadRecording(asked(file_id))))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE")
    assert "RetryInfo" in refused.details
    request = pb.DeleteRecordingRequest(name=f"recordings/{file_id}")
    assert refusal(api.calls.DeleteRecording, request).code is grpc.StatusCode.UNAVAILABLE
    api.calls.DeleteRecording(request)


def test_a_deleted_recording_is_gone_and_deleting_it_again_is_no_error(
    world: World, simulator: Simulator, api: Api, file_id: str
) -> None:
    recorded(world, "c1", file_id)
    request = pb.DeleteRecordingRequest(name=f"recordings/{file_id}")
    for _ in range(2):
        assert api.calls.DeleteRecording(request) == pb.DeleteRecordingResponse()
    assert simulator.account.media.recordings == {}
    assert names(api.calls.ListRecordings(pb.ListRecordingsRequest())) == []


def test_a_client_that_leaves_makes_room_for_another(api: Api, file_id: str) -> None:
    for _ in range(MOST_DOWNLOADS):
        download = api.calls.DownloadRecording(asked(file_id))
        next(download)
        download.cancel()

    def served() -> bool:
        try:
            return len(list(api.calls.DownloadRecording(asked(file_id)))) > 1
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # noqa: PT017 until those who left are noticed
            return False

    for _ in range(2):
        eventually(served)


def test_downloads_beyond_the_most_are_refused_and_none_that_runs_is_hurt(simulator: Simulator, api: Api) -> None:
    # More than fits on its way, so that each stays under way until it is read.
    file_id = simulator.account.media.record("", 3_600)
    downloads = [api.calls.DownloadRecording(asked(file_id)) for _ in range(MOST_DOWNLOADS)]
    for download in downloads:
        next(download)
    refused = refusal(lambda: list(api.calls.DownloadRecording(asked(file_id))))
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    size = len(simulator.account.media.recording(file_id).data)
    assert sum(len(each.data) for each in downloads[0]) == size
    for download in downloads:
        download.cancel()


class TestWithoutAccess:
    @pytest.fixture
    def services(self, services: Services, world: World) -> Services:
        """A server that nobody told how to reach the provider."""
        return replace(services, recordings=world.recordings)

    def test_the_server_says_what_to_set(self, world: World, api: Api) -> None:
        recorded(world, "c1", "file-1")
        assert names(api.calls.ListRecordings(pb.ListRecordingsRequest())) == ["recordings/file-1"]
        download = refusal(lambda: list(api.calls.DownloadRecording(asked("file-1"))))
        delete = refusal(api.calls.DeleteRecording, pb.DeleteRecordingRequest(name="recordings/file-1"))
        for refused in (download, delete):
            assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
            assert refused.reason == "PROVIDER_NOT_CONFIGURED"
            assert "MASKING_INFOBIP_BASE_URL" in refused.message
            assert "MASKING_INFOBIP_API_KEY" in refused.message
