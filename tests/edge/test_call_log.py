"""The recording of decisions behind the callback's back."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from types import SimpleNamespace

import pytest

from adapters import call_log
from adapters.call_log import BackgroundCallLog
from adapters.recorder import Recorder
from adapters.sealing.vault import RingVault
from adapters.storage.memory.store import MemoryStore
from adapters.storage.registry import open_store
from masking_core.call_records import CallQuery, CallRecord
from masking_core.calls import IncomingCall
from masking_core.errors import StoreUnavailable
from masking_core.phone_number import RealNumber
from masking_core.ports.call_log import Decided
from support.world import START, World, real, virtual

HELD = 20_000


class Fickle(MemoryStore):
    """A memory store that records calls when it can, and notes that it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.problem: Exception | None = None
        self.asked = Event()
        self.gate = Event()
        self.gate.set()

    def record_calls(self, fragments: Sequence[CallRecord], key_ids: Sequence[str]) -> None:
        self.asked.set()
        assert self.gate.wait(60)
        if self.problem is not None:
            raise self.problem
        super().record_calls(fragments, key_ids)


@pytest.fixture
def store() -> Fickle:
    return Fickle()


@pytest.fixture
def log(store: Fickle) -> Iterator[BackgroundCallLog]:
    log = BackgroundCallLog(World(store, RingVault.random()).recording)
    yield log
    store.problem = None
    assert log.flush(60)


def decided(index: int) -> Decided:
    """A call that nobody answered for."""
    return Decided(IncomingCall(virtual(0), None, f"call-{index:06}"), None, START + index, START + 10**15)


def recorded(store: Fickle) -> list[str]:
    """The ids of all calls, the latest first."""
    return [call.call_id for call in store.list_calls(CallQuery(limit=10 * HELD))]


def test_what_is_noted_is_recorded_soon(store: Fickle, log: BackgroundCallLog) -> None:
    log.note(decided(1))
    until = time.monotonic() + 60
    while not recorded(store):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert recorded(store) == ["call-000001"]


def test_a_flush_returns_when_all_is_recorded(store: Fickle, log: BackgroundCallLog) -> None:
    for index in range(1_000):
        log.note(decided(index))
    assert log.flush(60)
    assert len(recorded(store)) == 1_000
    assert log.flush(0)


def test_a_flush_goes_on_for_as_long_as_calls_are_recorded(
    store: Fickle, log: BackgroundCallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Semaphore(0)
    monkeypatch.setattr(store, "gate", SimpleNamespace(wait=lambda _: turns.acquire()))

    def one_batch_is_recorded(_: float) -> None:
        before = log.held()
        while log._busy and log.held() == before:
            turns.release()
            time.sleep(0.001)

    for index in range(5 * call_log._BATCH):
        log.note(decided(index))
    assert store.asked.wait(60)
    monkeypatch.setattr(call_log, "time", SimpleNamespace(sleep=one_batch_is_recorded))
    assert log.flush(call_log._GLANCE)
    assert len(recorded(store)) == 5 * call_log._BATCH
    turns.release(1_000)


def test_a_process_that_ends_before_all_is_recorded_says_so(
    store: Fickle, log: BackgroundCallLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.gate.clear()
    log.note(decided(0))
    assert store.asked.wait(60)
    log.note(decided(1))
    with monkeypatch.context() as patched:
        patched.setattr(call_log, "time", SimpleNamespace(sleep=lambda _: None))
        log._leave()
    (record,) = caplog.records
    assert record.message == "the process ends while calls are being recorded, and 1 more wait for that"
    store.gate.set()
    log._leave()
    assert len(caplog.records) == 1


def test_the_latest_calls_are_held_while_the_store_is_away(
    store: Fickle, log: BackgroundCallLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store.problem = StoreUnavailable("away")
    log.note(decided(0))
    assert store.asked.wait(60)
    for index in range(1, HELD + 6):
        log.note(decided(index))
    assert not log.flush(0)
    assert recorded(store) == []
    store.problem = None
    assert log.flush(60)
    kept = recorded(store)
    # The first was on its way already; of those that waited behind it the oldest gave way.
    assert len(kept) == HELD + 1
    assert (kept[0], kept[-2:]) == (f"call-{HELD + 5:06}", ["call-000006", "call-000000"])
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "calls are held until they can be recorded",
        "calls are recorded again; 5 could not be held",
    ]


def test_an_error_that_nobody_foresaw_costs_those_calls_alone(
    store: Fickle, log: BackgroundCallLog, caplog: pytest.LogCaptureFixture
) -> None:
    store.problem = ValueError(f"something about {real(1)}")
    log.note(Decided(IncomingCall(virtual(0), RealNumber(real(1)), "call-a"), None, START, START))
    assert log.flush(60)
    store.problem = None
    log.note(decided(1))
    assert log.flush(60)
    assert recorded(store) == ["call-000001"]
    (record,) = caplog.records
    assert record.message == "1 calls are not recorded, for an unexpected ValueError"


FORKING = """\
import os, sys
sys.path[:0] = {path!r}
from adapters.call_log import BackgroundCallLog
from adapters.sealing.vault import RingVault
from adapters.storage.memory.store import MemoryStore
from masking_core.call_records import CallQuery
from masking_core.calls import IncomingCall
from masking_core.errors import StoreUnavailable
from masking_core.ports.call_log import Decided
from support.world import START, World

class Away(MemoryStore):
    away = True
    def record_calls(self, fragments, key_ids):
        if self.away:
            raise StoreUnavailable("away")
        super().record_calls(fragments, key_ids)

store = Away()
log = BackgroundCallLog(World(store, RingVault.random()).recording)

def note(name):
    log.note(Decided(IncomingCall("+442079460000", None, name), None, START, START))

def calls():
    return [call.call_id for call in store.list_calls(CallQuery())]

note("before")
child = os.fork()
store.away = False
note("child" if child == 0 else "parent")
flushed = log.flush(60)
if child == 0:
    os._exit(0 if flushed and calls() == ["child"] else 1)
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(ended or (0 if flushed and sorted(calls()) == ["before", "parent"] else 2))
"""


def test_a_process_that_forks_records_its_own_calls_and_its_child_the_childs(tmp_path: Path) -> None:
    script = FORKING.format(path=[each for each in sys.path if each])
    finished = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


ENDING = """\
import sys
sys.path[:0] = {path!r}
from adapters.call_log import BackgroundCallLog
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from masking_core.calls import IncomingCall
from masking_core.ports.call_log import Decided
from support.world import START, World

log = BackgroundCallLog(World(open_store({url!r}), RingVault.random()).recording)
for index in range(500):
    log.note(Decided(IncomingCall("+442079460000", None, f"call-{{index}}"), None, START, START))
"""


def test_a_process_that_ends_in_good_order_leaves_nothing_unrecorded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/masking.db"
    script = ENDING.format(path=[each for each in sys.path if each], url=url)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    store = open_store(url)
    assert len(store.list_calls(CallQuery(limit=1_000))) == 500
    store.close()


@pytest.mark.parametrize(
    ("apart", "noted", "first"),
    [(True, 3, 0.1), (True, 500, 0.0), (False, 3, 0.1), (False, 499, 0.04), (False, 1_999, 0.01)],
)
def test_what_was_gathered_is_spread_over_time_and_less_so_when_more_waits(
    store: Fickle,
    monkeypatch: pytest.MonkeyPatch,
    noted: int,
    first: float,
    *,
    apart: bool,
) -> None:
    told: list[float] = []
    monkeypatch.setattr(Recorder, "record", lambda _recorder, batch, seconds: told.extend([seconds] * len(batch)))
    monkeypatch.setattr(Recorder, "is_apart", apart)
    log = BackgroundCallLog(World(store, RingVault.random()).recording)
    for index in range(noted):
        log._noted.append(decided(index))
    log.note(decided(noted))
    until = time.monotonic() + 60
    while len(told) <= noted:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert told[0] == pytest.approx(first)
    assert told[-1] == pytest.approx(0.1)


def test_what_is_recorded_at_the_end_is_not_spread_over_time(store: Fickle, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    monkeypatch.setattr(Recorder, "record", lambda _recorder, _batch, seconds: told.append(seconds))
    log = BackgroundCallLog(World(store, RingVault.random()).recording)
    log._leaving.set()
    log.note(decided(1))
    assert log.flush(60)
    assert told == [0.0]


def test_in_a_spare_moment_the_oldest_few_are_recorded(
    store: Fickle, log: BackgroundCallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "_GATHERING", 60.0)
    assert not log.is_waiting()
    for index in range(call_log._FEW + 1):
        log.note(decided(index))
    assert log.is_waiting()
    log.record_a_few()
    assert recorded(store) == [f"call-{index:06}" for index in reversed(range(call_log._FEW))]
    assert log.is_waiting()
    log.record_a_few()
    assert not log.is_waiting()
    assert len(recorded(store)) == call_log._FEW + 1


def watched(log: BackgroundCallLog, store: Fickle, monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[tuple[bool, int]]:
    """What the thread behind finds at each look: whether what waits may wait, and how many are recorded by then."""
    looks = SimpleQueue[tuple[bool, int]]()
    is_helped = log._is_helped

    def look() -> bool:
        looks.put((found := is_helped(), len(recorded(store))))
        return found

    monkeypatch.setattr(log, "_is_helped", look)
    return looks


def test_what_may_wait_for_a_spare_moment_waits_until_the_second_look(
    store: Fickle, log: BackgroundCallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = watched(log, store, monkeypatch)
    assert not log.is_waiting()
    log.note(decided(0))
    assert looks.get(timeout=60) == (True, 0)
    assert looks.get(timeout=60) == (False, 0), "nobody has had a spare moment since"
    until = time.monotonic() + 60
    while not recorded(store):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_is_too_much_for_spare_moments_is_recorded_at_the_first_look(
    store: Fickle, log: BackgroundCallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = watched(log, store, monkeypatch)
    assert not log.is_waiting()
    log._noted.extend(decided(index) for index in range(call_log._BATCH))
    log.note(decided(call_log._BATCH))
    assert looks.get(timeout=60) == (False, 0)
    until = time.monotonic() + 60
    while len(recorded(store)) <= call_log._BATCH:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert looks.empty()


def test_one_at_a_time_records_in_spare_moments(
    store: Fickle, log: BackgroundCallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "_GATHERING", 60.0)
    assert not log.is_waiting()
    for index in range(3 * call_log._FEW):
        log.note(decided(index))
    store.gate.clear()
    helper = Thread(target=log.record_a_few)
    helper.start()
    assert store.asked.wait(60)
    assert not log.is_waiting()
    log.record_a_few()
    assert log.held() == 2 * call_log._FEW
    store.gate.set()
    helper.join()


def test_what_fails_in_a_spare_moment_is_held_until_it_can_be_recorded(
    store: Fickle, log: BackgroundCallLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store.problem = StoreUnavailable("away")
    assert not log.is_waiting()
    for index in range(call_log._FEW):
        log.note(decided(index))
    log.record_a_few()
    assert not log.flush(0)
    log.note(decided(call_log._FEW))
    assert not log.is_waiting(), "the thread sees to it now"
    store.problem = None
    assert log.flush(60)
    assert len(recorded(store)) == call_log._FEW + 1
    assert not any("not recorded" in record.message for record in caplog.records)


def test_a_flush_waits_for_who_records_in_a_spare_moment(store: Fickle, log: BackgroundCallLog) -> None:
    assert not log.is_waiting()
    log.note(decided(0))
    store.gate.clear()
    helper = Thread(target=log.record_a_few)
    helper.start()
    assert store.asked.wait(60)
    assert log.held() == 0
    assert not log.flush(0)
    store.gate.set()
    assert log.flush(60)
    assert len(recorded(store)) == 1
    helper.join()
