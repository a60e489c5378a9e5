"""Which recordings there are, on every backend, of an account at the provider's stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.infobip_simulator.media import Media
from adapters.infobip_simulator.server import Simulator, serving
from adapters.recording_files import ProviderRecordings
from adapters.secret import Secret
from adapters.storage.registry import open_store
from masking_core.call_records import CallQuery, CallReport, Outcome
from masking_core.errors import ProviderNotConfigured, StoreUnavailable
from masking_core.instants import HOUR, SECOND, Instant
from masking_core.ports.store import Store
from masking_core.services.call_reports import ReportedCall
from support.callers import decided, record
from support.world import POOL, START, World

KEY = "a-made-up-key"
EVERY = CallQuery()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with serving(Simulator(("127.0.0.1", 0), KEY)) as running:
        yield running


@pytest.fixture
def media(simulator: Simulator) -> Media:
    return simulator.account.media


@pytest.fixture
def world(store: Store, simulator: Simulator) -> World:
    return World(store, files=ProviderRecordings(simulator.base_url, Secret(KEY)))


def recorded(
    world: World, call_id: str, file_id: str, time: Instant = START, status: str = "HOSTED", **told: Any
) -> str:
    """A call whose report tells of a recording; its file id."""
    record(world, decided(world, call_id, time, **told))
    report = CallReport(Outcome.ANSWERED, recording_file_id=file_id, recording_status=status)
    world.reports.keep(f"{call_id} {file_id} {status}".encode(), ReportedCall(call_id, told=report))
    return file_id


def listed(world: World, query: CallQuery = EVERY) -> list[str]:
    return [each.file_id for each in world.recordings.list(query).recordings]


def test_recordings_are_those_that_reports_say_the_provider_keeps(world: World) -> None:
    for index, status in enumerate(("HOSTED", "SFTP", "FAILED", "")):
        recorded(world, f"c{index}", f"file-{index}", START + index, status)
    record(world, decided(world, "never recorded"))
    assert listed(world) == ["file-0"]


def test_the_latest_call_stands_first_and_filters_hold_together(world: World) -> None:
    recorded(world, "c1", "one", START)
    recorded(world, "c2", "two", START + HOUR, session_id="s1")
    recorded(world, "c3", "three", START + 2 * HOUR, pool="other")
    assert listed(world) == ["three", "two", "one"]
    assert listed(world, CallQuery(pool=POOL)) == ["two", "one"]
    assert listed(world, CallQuery(session_id="s1")) == ["two"]
    assert listed(world, CallQuery(begin=START + 1, end=START + 2 * HOUR)) == ["two"]
    assert listed(world, CallQuery(pool="other", session_id="s1")) == []


def test_pages_hold_every_recording_once(world: World) -> None:
    for index in range(5):
        recorded(world, f"c{index}", f"file-{index}", START + index * SECOND)
        record(world, decided(world, f"silent-{index}", START + index * SECOND + 1))
    found, query = [], CallQuery(limit=2)
    while True:
        page = world.recordings.list(query)
        found += [each.file_id for each in page.recordings]
        if page.after is None:
            break
        query = CallQuery(limit=2, after=page.after)
    assert found == [f"file-{index}" for index in reversed(range(5))]


def test_a_recording_leads_to_its_call(world: World) -> None:
    recorded(world, "c1", "file-1")
    assert world.calls.get("file-1").call.call_id == "c1"


def test_a_deleted_recording_is_gone_there_and_from_the_list(world: World, media: Media) -> None:
    file_id = recorded(world, "c1", media.record("", 1))
    kept = recorded(world, "c2", media.record("", 1))
    before = world.store.get_call("c1")
    assert before is not None
    world.recordings.delete(file_id)
    assert list(media.recordings) == [kept]
    assert listed(world) == [kept]
    after = world.store.get_call("c1")
    assert after is not None
    assert (after.report, after.steps, after.keep_until) == (before.report, before.steps, before.keep_until)


def test_the_same_report_again_brings_no_deleted_recording_back(world: World, media: Media) -> None:
    file_id = recorded(world, "c1", media.record("", 1))
    world.recordings.delete(file_id)
    world.now += SECOND
    recorded(world, "c1", file_id)
    late = CallReport(Outcome.ANSWERED, "dial", recording_file_id=file_id, recording_status="HOSTED", currency="EUR")
    world.reports.keep(b"a fuller one", ReportedCall("c1", told=late))
    world.recordings.delete(file_id)
    assert listed(world) == []


def test_deleting_what_no_call_knows_deletes_it_at_the_provider(world: World, media: Media) -> None:
    world.recordings.delete(media.record("", 1))
    assert media.recordings == {}
    assert list(world.store.list_calls(EVERY)) == []


def test_a_recording_that_cannot_be_deleted_stays_in_the_list(store: Store) -> None:
    world = World(store)
    file_id = recorded(world, "c1", "file-1")
    with pytest.raises(ProviderNotConfigured):
        world.recordings.delete(file_id)
    assert listed(world) == [file_id]


def test_a_deletion_that_was_cut_short_is_finished_by_the_next(
    world: World, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = recorded(world, "c1", media.record("", 1))

    def away(*_: object) -> None:
        raise StoreUnavailable("it is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(world.store), "record_calls", away)
        with pytest.raises(StoreUnavailable):
            world.recordings.delete(file_id)
    assert (media.recordings, listed(world)) == ({}, [file_id])
    world.recordings.delete(file_id)
    assert listed(world) == []


def test_a_page_ends_although_few_of_very_many_calls_were_recorded() -> None:
    world = World(open_store("memory://"))
    calls = [decided(world, f"c{index:05}", START + index) for index in range(10_000)]
    for begin in range(0, len(calls), 1_000):
        record(world, *calls[begin : begin + 1_000])
    recorded(world, "first of all", "file-1", START - 1)
    page = world.recordings.list(CallQuery())
    assert page.recordings == ()
    assert page.after is not None
    assert [each.file_id for each in world.recordings.list(CallQuery(after=page.after)).recordings] == ["file-1"]
