"""Several processes of one edge, and the one page that tells of them all."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edge.edge_client import CALLBACK_URL, CREDENTIAL, callback_body
from edge.edge_process import EdgeProcess, eventually, seeded
from masking_core.signature import sign
from support.ports import free_ports
from support.world import World, real, virtual
from telemetry.scraping import value

COUNT = "masking_callback_duration_seconds_count"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with seeded(tmp_path) as world:
        yield world


@pytest.fixture
def edge(world: World, tmp_path: Path) -> Iterator[EdgeProcess]:
    del world
    folders = tmp_path / "temporary"
    folders.mkdir()
    edge = EdgeProcess(tmp_path, free_ports(1)[0], MASKING_EDGE_WORKERS="3", TMPDIR=str(folders))
    yield edge
    if edge.process.poll() is None:
        edge.end()


def call(edge: EdgeProcess) -> None:
    body = callback_body(real(1), virtual(9))
    assert edge.post("/infobip/callback", body, sign(CALLBACK_URL, body, CREDENTIAL))[0] == 200


def page(edge: EdgeProcess) -> bytes:
    """The page. A probe that meets a process as it goes or comes is sent again, as monitoring does."""
    pages: list[bytes] = []

    def asked() -> bool:
        with suppress(ConnectionError):
            status, body = edge.probe("/metrics")
            assert status == 200
            pages.append(body)
        return bool(pages)

    eventually(asked, "somebody tells")
    return pages[0]


def test_each_process_tells_of_all_and_what_one_counted_outlives_it(edge: EdgeProcess, tmp_path: Path) -> None:
    edge.ready()
    for _ in range(30):
        call(edge)
    eventually(lambda: value(page(edge), COUNT, reason="UNKNOWN_NUMBER") == 30, "all calls are told")
    eventually(lambda: len(edge.workers()) == 3, "all workers are there")
    before = edge.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(set(edge.workers()) - set(before)) == 1, "another worker is there")
    assert {value(page(edge), COUNT) for _ in range(20)} == {30}
    call(edge)
    eventually(lambda: value(page(edge), COUNT) == 31, "the new call is told")
    (folder,) = (tmp_path / "temporary").glob("masking-metrics-*")
    assert not list(folder.glob(f"gauge_*_{before[0]}.db"))
    assert edge.end() == 0
    assert not folder.exists()
