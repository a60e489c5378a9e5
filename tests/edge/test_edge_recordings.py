"""The built-in announcements, as a player fetches them."""

import pytest
from falcon.testing import TestClient

from edge.edge_client import Edge
from masking_core.audio import Announcement
from webhook_edge.recordings import audio_urls, path_of


@pytest.fixture(scope="module")
def client() -> TestClient:
    return Edge().client


@pytest.mark.parametrize("announcement", Announcement)
def test_every_announcement_can_be_fetched_as_an_mp3(client: TestClient, announcement: Announcement) -> None:
    answer = client.simulate_get(path_of(announcement))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.content[0] == 0xFF
    assert answer.content[1] & 0xE0 == 0xE0
    assert 2_000 < len(answer.content) < 20_000


def test_every_announcement_is_a_recording_of_its_own(client: TestClient) -> None:
    assert len({client.simulate_get(path_of(announcement)).content for announcement in Announcement}) == len(
        Announcement
    )


def test_the_head_alone_says_how_long_a_recording_is(client: TestClient) -> None:
    whole = client.simulate_get("/audio/not-allowed.mp3")
    head = client.simulate_head("/audio/not-allowed.mp3")

    assert head.content == b""
    assert head.headers == whole.headers


def test_a_recording_that_is_known_is_not_sent_again(client: TestClient) -> None:
    etag = client.simulate_get("/audio/not-allowed.mp3").headers["etag"]

    for known in (etag, f'"other", {etag}', "*"):
        answer = client.simulate_get("/audio/not-allowed.mp3", headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert client.simulate_get("/audio/not-allowed.mp3", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200), ("bytes=100-", 100, None), ("bytes=-100", -100, None)],
)
def test_a_part_of_a_recording_can_be_fetched(client: TestClient, asked: str, start: int, stop: int | None) -> None:
    whole = client.simulate_get("/audio/not-allowed.mp3").content

    answer = client.simulate_get("/audio/not-allowed.mp3", headers={"Range": asked})

    assert answer.status_code == 206
    assert answer.content == whole[start:stop]
    first = start if start >= 0 else len(whole) + start
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=1-2,4-5", "bytes=a-b", "rows=1-2", "bytes", "bytes=-"])
def test_a_range_that_makes_no_sense_is_ignored(client: TestClient, asked: str) -> None:
    assert client.simulate_get("/audio/not-allowed.mp3", headers={"Range": asked}).status_code == 200


def test_a_range_beyond_the_end_is_refused(client: TestClient) -> None:
    answer = client.simulate_get("/audio/not-allowed.mp3", headers={"Range": "bytes=99999999-"})

    assert answer.status_code == 416
    assert list(answer.json) == ["error"]
    assert client.simulate_get("/audio/not-allowed.mp3", headers={"Range": "bytes=-99999999"}).status_code == 206


def test_the_world_finds_the_recordings_under_the_public_url() -> None:
    assert audio_urls("https://edge.example.org/masking/")[Announcement.CALL_RECORDED] == (
        "https://edge.example.org/masking/audio/call-recorded.mp3"
    )
