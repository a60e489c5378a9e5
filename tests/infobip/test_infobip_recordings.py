"""Recordings fetched from the stand-in, and from servers that are worse than it."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

import pytest

from adapters.infobip_simulator.faults import Fault
from adapters.infobip_simulator.server import Simulator
from adapters.recording_files import ProviderRecordings
from adapters.secret import Secret
from infobip.conftest import KEY
from infobip.http_servers import running
from masking_core.errors import (
    InvalidArgument,
    MaskingError,
    NotFound,
    ProviderNotConfigured,
    ProviderRefused,
    ProviderUnavailable,
)

SECONDS = 30
WHOLE = bytes(range(256)) * 1_000


def recordings_at(base_url: str, key: str = KEY) -> ProviderRecordings:
    return ProviderRecordings(base_url, Secret(key))


@pytest.fixture
def recordings(simulator: Simulator) -> ProviderRecordings:
    return recordings_at(simulator.base_url)


@pytest.fixture
def file_id(simulator: Simulator) -> str:
    return simulator.account.media.record("", SECONDS)


def read(recordings: ProviderRecordings, file_id: str, offset: int = 0) -> tuple[int, bytes]:
    """The size that is told, and the bytes from the offset on."""
    with recordings.open(file_id, offset) as opened:
        return opened.total_size, b"".join(opened.chunks)


def failure(do: Callable[[], object]) -> MaskingError:
    with pytest.raises(MaskingError) as raised:
        do()
    return raised.value


def test_a_recording_is_read_from_any_byte_on(
    simulator: Simulator, recordings: ProviderRecordings, file_id: str
) -> None:
    data = simulator.account.media.recording(file_id).data
    for offset in (0, 1, 44, len(data) - 1, len(data)):
        assert read(recordings, file_id, offset) == (len(data), data[offset:])


def test_it_comes_in_pieces(recordings: ProviderRecordings, file_id: str) -> None:
    with recordings.open(file_id, 0) as opened:
        pieces = list(opened.chunks)
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= 64 * 1024


def test_past_its_end_there_is_nothing_to_ask_for(recordings: ProviderRecordings, file_id: str) -> None:
    size, _ = read(recordings, file_id)
    told = failure(lambda: read(recordings, file_id, size + 1))
    assert isinstance(told, InvalidArgument)
    assert told.field == "offset"


def test_a_recording_is_deleted_once_and_for_all(
    simulator: Simulator, recordings: ProviderRecordings, file_id: str
) -> None:
    recordings.delete(file_id)
    assert simulator.account.media.recordings == {}
    recordings.delete(file_id)
    assert isinstance(failure(lambda: read(recordings, file_id)), NotFound)


def test_an_id_is_one_part_of_the_path_whatever_is_in_it(recordings: ProviderRecordings) -> None:
    for file_id in ("a/../../numbers", "x?y=z", "a b", "%2e%2e", "nummér"):
        assert isinstance(failure(lambda file_id=file_id: read(recordings, file_id)), NotFound)  # type: ignore[misc]


def test_a_refusal_is_told_with_what_to_do(simulator: Simulator, file_id: str) -> None:
    stranger = recordings_at(simulator.base_url, "wrong")
    for told in (failure(lambda: read(stranger, file_id)), failure(lambda: stranger.delete(file_id))):
        assert isinstance(told, ProviderRefused)
        assert "MASKING_INFOBIP_API_KEY" in str(told)


@pytest.mark.parametrize("fault", list(Fault))
def test_what_may_pass_is_told_as_such_and_not_repeated(
    simulator: Simulator, recordings: ProviderRecordings, file_id: str, fault: Fault
) -> None:
    simulator.faults.by_request = {1: fault, 2: fault}
    assert isinstance(failure(lambda: read(recordings, file_id)), ProviderUnavailable)
    assert isinstance(failure(lambda: recordings.delete(file_id)), ProviderUnavailable)
    assert simulator.faults.requests == 2


def test_a_provider_that_is_away_is_unavailable() -> None:
    assert isinstance(failure(lambda: read(recordings_at("http://127.0.0.1:1"), "f")), ProviderUnavailable)


def test_without_access_every_request_says_what_to_set(simulator: Simulator) -> None:
    for files in (ProviderRecordings(), ProviderRecordings(simulator.base_url), ProviderRecordings("", Secret(KEY))):
        for do in (lambda files=files: files.open("f", 0).__enter__(), lambda files=files: files.delete("f")):
            told = failure(do)
            assert isinstance(told, ProviderNotConfigured)
            assert "MASKING_INFOBIP_BASE_URL" in str(told)
    assert simulator.faults.requests == 0


class Awkward(ThreadingHTTPServer):
    """Answers every GET with this status, these headers and this body, and hangs up."""

    daemon_threads = True

    def __init__(self, status: int, headers: dict[str, str], body: bytes = WHOLE) -> None:
        self.answer = (status, headers, body)
        super().__init__(("127.0.0.1", 0), _Answering)


class _Answering(BaseHTTPRequestHandler):
    server: Awkward

    def do_GET(self) -> None:
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def awkward(request: pytest.FixtureRequest) -> Iterator[ProviderRecordings]:
    server = Awkward(*request.param)
    with running(server):
        yield recordings_at(f"http://127.0.0.1:{server.server_port}")


def sized(size: int, **more: str) -> dict[str, str]:
    return {"Content-Length": str(size), **{name.replace("_", "-"): value for name, value in more.items()}}


@pytest.mark.parametrize("awkward", [(200, sized(len(WHOLE)))], indirect=True)
def test_a_server_without_ranges_is_read_from_the_byte_wanted(awkward: ProviderRecordings) -> None:
    for offset in (1, 100_000, len(WHOLE) - 1, len(WHOLE)):
        assert read(awkward, "f", offset) == (len(WHOLE), WHOLE[offset:])
    assert isinstance(failure(lambda: read(awkward, "f", len(WHOLE) + 1)), InvalidArgument)


@pytest.mark.parametrize("awkward", [(200, {})], indirect=True)
def test_a_size_that_is_not_told_is_zero(awkward: ProviderRecordings) -> None:
    assert read(awkward, "f") == (0, WHOLE)


@pytest.mark.parametrize("awkward", [(206, {"Content-Range": "bytes 7-9/*", **sized(3)}, b"abc")], indirect=True)
def test_a_range_of_something_of_unknown_size_is_read(awkward: ProviderRecordings) -> None:
    assert read(awkward, "f", 7) == (0, b"abc")


@pytest.mark.parametrize("awkward", [(200, sized(len(WHOLE) + 1))], indirect=True)
def test_a_recording_that_breaks_off_is_not_taken_for_whole(awkward: ProviderRecordings) -> None:
    with awkward.open("f", 0) as opened:
        assert b"".join(islice(opened.chunks, 3)) == WHOLE[: 3 * 64 * 1024]
        assert isinstance(failure(lambda: list(opened.chunks)), ProviderUnavailable)


@pytest.mark.parametrize(
    "awkward",
    [
        (206, {"Content-Range": "bytes 8-9/10", **sized(2)}, b"ab"),
        (206, sized(2), b"ab"),
        (206, {"Content-Range": "7-9/10", **sized(2)}, b"ab"),
        (204, {}, b""),
        (416, sized(0), b""),
        (200, sized(2, Content_Encoding="gzip"), b"ab"),
    ],
    indirect=True,
)
def test_an_answer_that_is_not_what_was_asked_for_is_refused(awkward: ProviderRecordings) -> None:
    assert "does not read as documented" in str(failure(lambda: read(awkward, "f", 7)))
