"""`masking recordings`, against a server and the provider's stand-in."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.composition import Services, wire
from adapters.infobip_simulator.faults import Fault
from adapters.infobip_simulator.media import Media, Recording
from adapters.infobip_simulator.server import Simulator, serving
from adapters.recording_files import ProviderRecordings
from adapters.sealing.vault import RingVault
from adapters.secret import Secret
from adapters.storage.registry import open_store
from cli.command_line import CommandLine, at_a_terminal
from masking_core.call_records import Answer, CallRecord, CallReport, Outcome, Step
from masking_core.calls import Reason
from masking_core.errors import ProviderUnavailable
from masking_core.instants import SECOND
from masking_core.ports.recordings import OpenedRecording

KEY = "a-made-up-key"
OVERLAP = 1024 * 1024


class Breaking(ProviderRecordings):
    """Recordings that break off after so many chunks, unless that is None."""

    chunks: int | None = None

    @contextmanager
    def open(self, file_id: str, offset: int) -> Iterator[OpenedRecording]:
        with super().open(file_id, offset) as opened:
            yield OpenedRecording(opened.total_size, self._broken(opened.chunks))

    def _broken(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        yield from islice(chunks, self.chunks)
        if self.chunks is not None:
            raise ProviderUnavailable("the recording broke off")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with serving(Simulator(("127.0.0.1", 0), KEY)) as running:
        yield running


@pytest.fixture
def media(simulator: Simulator) -> Media:
    return simulator.account.media


@pytest.fixture
def files(simulator: Simulator) -> Breaking:
    return Breaking(simulator.base_url, Secret(KEY))


@pytest.fixture
def services(files: Breaking) -> Services:
    return wire(open_store("memory://"), RingVault.random(), files)


@pytest.fixture(autouse=True)
def serving_them(server: object) -> object:
    """The server, of every test here."""
    return server


def keep(media: Media, name: str, size: int) -> bytes:
    """Have the provider keep a recording of so many bytes, no two stretches of which are alike."""
    data = b"".join(sha256(f"{name}{index}".encode()).digest() for index in range(size // 32 + 1))[:size]
    silent = media.recording(media.record("", 1))
    media.recordings[name] = Recording(name, silent.dialog_id, "", data, 1, silent.start)
    return data


def recorded(services: Services, file_id: str) -> None:
    """A call whose report tells of a recording."""
    step = Step(1_800_000_000 * SECOND, "0", Reason.ACTIVE_SESSION, Answer.DIAL, "ride-uk", "s1")
    report = CallReport(Outcome.ANSWERED, recording_file_id=file_id, recording_status="HOSTED")
    call = CallRecord(f"call-{file_id}", "+442079460001", None, None, (file_id,), (step,), (report,), step.time * 2)
    services.store.record_calls([call], services.vault.key_ids())


def files_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_recordings_are_listed(services: Services, masking: CommandLine) -> None:
    recorded(services, "one")
    assert masking("recordings", "list", "--pool", "ride-uk", "--session", "s1").out.splitlines() == [
        "RECORDING  CALL BEGAN            CALL      SESSION",
        "one        2027-01-15T08:00:00Z  call-one  s1",
    ]
    assert masking("recordings", "list", "--from", "2027-01-16T00:00Z").out == "no recordings\n"
    document = masking.json("recordings", "list", "--all")
    assert [each["name"] for each in document["recordings"]] == ["recordings/one"]


def test_a_recording_is_fetched_whole_with_its_checksum(media: Media, masking: CommandLine, tmp_path: Path) -> None:
    data = keep(media, "one", 3 * OVERLAP)
    told = masking.json("recordings", "download", "recordings/one")
    assert told == {
        "recording": "recordings/one",
        "file": "one.wav",
        "size": len(data),
        "sha256": sha256(data).hexdigest(),
        "resumed_at": 0,
    }
    assert (tmp_path / "one.wav").read_bytes() == data
    assert (tmp_path / "one.wav").stat().st_mode & 0o077 == 0
    assert files_in(tmp_path) == ["one.wav"]


def test_it_is_written_where_it_shall_be(media: Media, masking: CommandLine, tmp_path: Path) -> None:
    data = keep(media, "one", 100)
    (tmp_path / "folder").mkdir()
    shown = masking("recordings", "download", "one", "-o", "call.wav").out.splitlines()
    assert shown == ["file    call.wav", "size    100 bytes", f"sha256  {sha256(data).hexdigest()}"]
    assert masking.json("recordings", "download", "one", "-o", "folder")["file"] == "folder/one.wav"
    assert (tmp_path / "call.wav").read_bytes() == (tmp_path / "folder" / "one.wav").read_bytes() == data


@pytest.mark.parametrize("there", [1, OVERLAP - 1, OVERLAP + 77, 2 * OVERLAP, 3 * OVERLAP])
def test_what_has_come_in_is_not_fetched_again(media: Media, masking: CommandLine, tmp_path: Path, there: int) -> None:
    data = keep(media, "one", 3 * OVERLAP)
    (tmp_path / "one.wav.part").write_bytes(data[:there])
    told = masking.json("recordings", "download", "one")
    assert (told["resumed_at"], told["sha256"]) == (there, sha256(data).hexdigest())
    assert (tmp_path / "one.wav").read_bytes() == data
    assert files_in(tmp_path) == ["one.wav"]


def test_an_interrupted_download_goes_on_where_it_was(
    files: Breaking, media: Media, masking: CommandLine, tmp_path: Path
) -> None:
    data = keep(media, "one", 3 * OVERLAP)
    for chunks in (20, 30):
        files.chunks = chunks
        ended = masking("recordings", "download", "one")
        assert ended.code == ExitCode.UNREACHABLE
        assert ended.err.splitlines()[0].endswith(" bytes of it; the same command goes on from there")
        assert files_in(tmp_path) == ["one.wav.part"]
    files.chunks = None
    told = masking.json("recordings", "download", "one")
    assert 0 < told["resumed_at"] < len(data)
    assert (tmp_path / "one.wav").read_bytes() == data


def test_an_interruption_in_the_first_moment_leaves_nothing(
    files: Breaking, media: Media, masking: CommandLine, tmp_path: Path
) -> None:
    keep(media, "one", OVERLAP)
    files.chunks = 0
    assert masking("recordings", "download", "one").code == ExitCode.UNREACHABLE
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("part", ["other", "longer", "torn"])
def test_a_part_of_something_else_is_neither_continued_nor_lost(
    media: Media, masking: CommandLine, tmp_path: Path, part: str
) -> None:
    data = keep(media, "one", 2 * OVERLAP)
    parts = {"other": keep(media, "two", 500), "longer": data + b"\0", "torn": data[: OVERLAP - 4096] + bytes(4096)}
    (tmp_path / "one.wav.part").write_bytes(parts[part])
    ended = masking("recordings", "download", "one", "--json")
    assert ended.code == ExitCode.REFUSED
    assert ended.error["reason"] in ("PART_DIFFERS", "INVALID_ARGUMENT")
    assert (tmp_path / "one.wav.part").read_bytes() == parts[part]
    assert files_in(tmp_path) == ["one.wav.part"]


def test_no_file_is_overwritten(media: Media, masking: CommandLine, tmp_path: Path) -> None:
    keep(media, "one", 100)
    (tmp_path / "one.wav").write_text("dear to somebody")
    ended = masking("recordings", "download", "one", "--json")
    assert (ended.code, ended.error["reason"]) == (ExitCode.USAGE, "FILE_EXISTS")
    (tmp_path / "link.wav").symlink_to("nowhere")
    assert masking("recordings", "download", "one", "-o", "link.wav").code == ExitCode.USAGE
    assert (tmp_path / "one.wav").read_text() == "dear to somebody"
    assert files_in(tmp_path) == ["link.wav", "one.wav"]


def test_a_file_that_comes_meanwhile_is_not_overwritten_either(
    media: Media, masking: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = keep(media, "one", 100)
    fsync = os.fsync

    def meanwhile(file: int) -> None:
        (tmp_path / "one.wav").write_text("dear to somebody")
        fsync(file)

    monkeypatch.setattr(os, "fsync", meanwhile)
    ended = masking("recordings", "download", "one", "--json")
    assert (ended.code, ended.error["reason"]) == (ExitCode.USAGE, "FILE_EXISTS")
    assert (tmp_path / "one.wav").read_text() == "dear to somebody"
    assert (tmp_path / "one.wav.part").read_bytes() == data


def test_where_files_have_no_links_it_is_written_all_the_same(
    media: Media, masking: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = keep(media, "one", 100)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    masking.json("recordings", "download", "one")
    assert (tmp_path / "one.wav").read_bytes() == data
    assert files_in(tmp_path) == ["one.wav"]


def test_two_at_once_do_not_write_one_file(media: Media, masking: CommandLine, tmp_path: Path) -> None:
    keep(media, "one", 100)
    with (tmp_path / "one.wav.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        ended = masking("recordings", "download", "one", "--json")
    assert (ended.code, ended.error["reason"]) == (ExitCode.REFUSED, "BUSY")


def test_a_recording_that_is_not_there_leaves_nothing_behind(masking: CommandLine, tmp_path: Path) -> None:
    ended = masking("recordings", "download", "gone", "--json")
    assert (ended.code, ended.error["reason"]) == (ExitCode.REFUSED, "NOT_FOUND")
    assert files_in(tmp_path) == []


def test_a_folder_that_is_not_there_is_told(media: Media, masking: CommandLine) -> None:
    keep(media, "one", 100)
    ended = masking("recordings", "download", "one", "-o", "no/where.wav", "--json")
    assert (ended.code, ended.error["reason"]) == (ExitCode.USAGE, "BAD_FILE")


def test_a_name_that_no_file_can_have_wants_another(masking: CommandLine) -> None:
    assert "give --output" in masking("recordings", "download", "recordings/.hidden").err


def test_recordings_are_deleted_for_good(services: Services, media: Media, masking: CommandLine) -> None:
    for name in ("one", "two"):
        keep(media, name, 10)
        recorded(services, name)
    assert masking("recordings", "delete", "one", "recordings/two").out == "2 recordings are deleted\n"
    assert {"one", "two"}.isdisjoint(media.recordings)
    assert masking("recordings", "list").out == "no recordings\n"
    assert masking.json("recordings", "delete", "one") == {"deleted": ["recordings/one"]}


def test_a_provider_that_is_away_is_worth_another_try(simulator: Simulator, media: Media, masking: CommandLine) -> None:
    keep(media, "one", 10)
    simulator.faults.by_request = {1: Fault.BROKEN_BEFORE}
    assert masking("recordings", "download", "one").code == ExitCode.UNREACHABLE
    assert masking("recordings", "download", "one").code == ExitCode.OK


def test_a_bar_shows_how_far_it_is(media: Media, tmp_path: Path) -> None:
    keep(media, "one", 2 * OVERLAP)
    address = os.environ["MASKING_GRPC_ADDRESS"]
    shown = at_a_terminal(tmp_path, "stderr", "recordings", "download", "one", MASKING_GRPC_ADDRESS=address)
    assert "kB" in shown
    assert (tmp_path / "one.wav").stat().st_size == 2 * OVERLAP
