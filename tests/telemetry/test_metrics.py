"""Metrics: what is counted is what is exposed, whichever process counted it."""

import errno
import fcntl
import os
import signal
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest

from adapters.telemetry.catalogue import BOUNDS
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.shared_folder import FOLDER_VARIABLE, shared_folder
from adapters.telemetry.shared_values import forget_process
from telemetry.scraping import samples, value

DURATION = "masking_callback_duration_seconds"
DIAL = ("dial", "ACTIVE_SESSION")
PATIENCE = 30.0
"""Seconds; what is waited for comes in a fraction of one."""


def in_another_process(work: Callable[[], object], *, killed: bool = False) -> int:
    """Do something in a process that is forked for it, and tell its id."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            if killed:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(0)
    _, status = os.waitpid(process, 0)
    assert status == (signal.SIGKILL if killed else 0)
    return process


def test_a_duration_falls_into_its_bucket_and_all_above(folder: str) -> None:
    del folder
    metrics = Metrics()
    for seconds in (0.0001, BOUNDS[0], 0.003, 99.0):
        metrics.callback(DIAL, seconds)
    page = Exposition(metrics).text()
    counts = {bound: value(page, f"{DURATION}_bucket", le=bound) for bound in ("0.0005", "0.0025", "0.005", "+Inf")}
    assert counts == {"0.0005": 2, "0.0025": 2, "0.005": 3, "+Inf": 4}
    assert value(page, f"{DURATION}_count", answer="dial", reason="ACTIVE_SESSION") == 4
    assert value(page, f"{DURATION}_sum") == sum((0.0001, BOUNDS[0], 0.003, 99.0))


def test_what_every_process_counted_is_added_up_and_outlives_it(folder: str) -> None:
    del folder
    metrics = Metrics()
    exposition = Exposition(metrics)
    metrics.callback(DIAL, 0.1)
    assert value(exposition, f"{DURATION}_count") == 1

    def work() -> None:
        metrics.callback(DIAL, 0.2)
        metrics.callback(("play", "NO_SESSION"), 0.2)
        metrics.signature_failure(("CALLBACK", "wrong"), 1)
        metrics.tell()

    for killed in (False, True):
        in_another_process(work, killed=killed)
    page = exposition.text()
    assert value(page, f"{DURATION}_count", answer="dial") == 3
    assert value(page, f"{DURATION}_count", answer="play") == 2
    assert value(page, "masking_signature_failures_total", webhook="CALLBACK", flaw="wrong") == 2


def test_nothing_is_counted_twice_however_often_it_is_told(folder: str) -> None:
    del folder
    metrics = Metrics()
    metrics.rpc(("masking.v1.SessionService/OpenSession", "OK"), 0.1)
    exposition = Exposition(metrics)
    for _ in range(3):
        assert value(exposition, "masking_rpc_duration_seconds_count", code="OK") == 1


def test_threads_that_count_at_once_lose_nothing(folder: str) -> None:
    del folder
    metrics = Metrics()
    exposition = Exposition(metrics)

    def work() -> None:
        for _ in range(2_000):
            metrics.store(("find_route", "OK"), 0.001)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        exposition.text()
    assert value(exposition, "masking_store_duration_seconds_count", verb="find_route") == 8_000


def test_what_a_process_holds_goes_with_it(folder: str) -> None:
    metrics = Metrics()
    metrics.calls_held(lambda: 7)
    exposition = Exposition(metrics)
    process = in_another_process(metrics.tell)
    assert value(exposition, "masking_calls_held") == 14
    forget_process(process)
    assert value(exposition, "masking_calls_held") == 7
    assert [file.name for file in Path(folder).glob("*livesum*")] == [f"gauge_livesum_{os.getpid()}.db"]


def test_a_file_in_which_nothing_stands_yet_hides_no_other(folder: str) -> None:
    metrics = Metrics()
    metrics.callback(DIAL, 0.1)
    for name in ("counter_1.db", "gauge_livesum_1.db", "histogram_1.db"):
        (Path(folder) / name).touch()
    page = Exposition(metrics).page()
    assert page.status == 200
    assert value(page.body, f"{DURATION}_count") == 1


def test_a_file_that_goes_while_the_page_is_made_is_passed_over(folder: str) -> None:
    metrics = Metrics()
    metrics.callback(DIAL, 0.1)
    # What is listed and cannot be found is what a process that was forgotten just then leaves.
    (Path(folder) / "gauge_livesum_1.db").symlink_to("gone")
    assert value(Exposition(metrics), f"{DURATION}_count") == 1


def test_what_alerts_watch_begins_at_zero(folder: str) -> None:
    del folder
    page = Exposition(Metrics()).text()
    assert value(page, "masking_calls_not_recorded_total") == 0
    assert value(page, "masking_rpc_duration_seconds_count", code="RESOURCE_EXHAUSTED") == 0
    flaws = {dict(labels)["flaw"] for name, labels in samples(page) if name == "masking_signature_failures_total"}
    assert flaws == {"missing", "malformed", "unknown_signer", "wrong"}


def test_the_folder_is_private_and_goes_with_the_process_that_made_it() -> None:
    with shared_folder() as folder:
        assert os.environ[FOLDER_VARIABLE] == folder
        assert stat.S_IMODE(Path(folder).stat().st_mode) == stat.S_IRWXU

        def end() -> None:
            with shared_folder():
                pass

        in_another_process(end)
        assert Path(folder).is_dir()
        Metrics().tell()
    assert not Path(folder).exists()
    assert FOLDER_VARIABLE not in os.environ


def test_a_folder_whose_server_was_killed_goes_with_the_next_one_that_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stack = ExitStack()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    (tmp_path / "masking-metrics-link").symlink_to(elsewhere)

    def begin() -> None:
        stack.enter_context(shared_folder())
        Metrics().tell()

    def begin_and_end() -> None:
        with shared_folder() as folder:
            assert Path(folder).is_dir()

    in_another_process(begin, killed=True)
    (left,) = (each for each in tmp_path.glob("masking-metrics-*") if not each.is_symlink())
    with shared_folder() as folder:
        assert not left.exists()
        in_another_process(begin_and_end)
        assert Path(folder).is_dir()
    assert sorted(tmp_path.iterdir()) == [elsewhere, tmp_path / "masking-metrics-link"]
    assert (elsewhere / "lock").exists()


def test_a_folder_is_held_as_long_as_a_process_that_shares_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stack = ExitStack()
    reading, writing = os.pipe()

    def begin_and_leave_a_worker_behind() -> None:
        stack.enter_context(shared_folder())
        if os.fork() == 0:
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)

    in_another_process(begin_and_leave_a_worker_behind, killed=True)
    (left,) = tmp_path.iterdir()
    with shared_folder():
        assert left.is_dir()
    os.close(writing)
    end = time.monotonic() + PATIENCE
    while left.exists():
        assert time.monotonic() < end
        with shared_folder():
            pass


def test_where_files_cannot_be_locked_a_folder_is_shared_and_goes_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(fcntl, "flock", refusing)
    with shared_folder() as first:
        with shared_folder() as second:
            assert Path(first).is_dir()
            assert Path(second).is_dir()
        os.environ[FOLDER_VARIABLE] = first
    assert not any(tmp_path.iterdir())


def test_without_a_folder_nothing_is_kept_and_nothing_fails() -> None:
    metrics = Metrics()
    metrics.callback(DIAL, 0.1)
    assert Exposition(metrics).text() == b""
