"""A process of its own records, outlives the one it works for, and is not needed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.edge_process import PATIENCE, eventually

PROGRAM = """
import os, socket, sys, time
import adapters.recorder
from pathlib import Path
from adapters.recorder import Recorder
from masking_core.calls import IncomingCall
from masking_core.errors import StoreUnavailable
from masking_core.ports.call_log import Decided

listener = socket.create_server(("127.0.0.1", 0))

class Records:
    def record(self, decisions):
        for each in (decided.call.call_id for decided in decisions):
            with open("recorded", "a") as file:
                file.write(f"{os.getpid()} {each}\\n")
            while each == "wait" and not Path("go on").exists():
                time.sleep(0.01)
            if each == "away":
                raise StoreUnavailable("the store is away")
            if each == "odd":
                raise ValueError(each)

recorder = Recorder(Records())
recorder.fork()
print(os.getpid(), listener.getsockname()[1], flush=True)
for line in sys.stdin:
    if line.startswith("patience "):
        adapters.recorder.PATIENCE = float(line.split()[1])
        continue
    try:
        recorder.record([Decided(IncomingCall("", None, word), None, 0, 0) for word in line.split()])
    except Exception as error:
        print(type(error).__name__, error, flush=True)
    else:
        print("done", flush=True)
"""


class Recorded:
    """A process whose recorder writes what it is given into a file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "recorded"
        self.gate = folder / "go on"
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid, self.port = map(int, self.answer().split())

    def ask(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def lines(self) -> list[tuple[int, str]]:
        if not self.file.exists():
            return []
        told = [line.split() for line in self.file.read_text().splitlines()]
        return [(int(pid), word) for pid, word in told]


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    recorded = Recorded(tmp_path)
    with recorded.process:
        yield recorded
        recorded.gate.touch()
        recorded.process.kill()


def gone(pid: int) -> Callable[[], bool]:
    return lambda: not Path(f"/proc/{pid}").exists()


def test_another_process_records(recorded: Recorded) -> None:
    recorded.ask("a b")
    assert recorded.answer() == "done"
    (first, a), (second, b) = recorded.lines()
    assert (a, b) == ("a", "b")
    assert first == second != recorded.pid


def test_it_lets_callers_have_the_processor_first(recorded: Recorded) -> None:
    recorded.ask("a")
    assert recorded.answer() == "done"
    ((recorder, _),) = recorded.lines()
    assert os.getpriority(os.PRIO_PROCESS, recorder) == os.getpriority(os.PRIO_PROCESS, recorded.pid) + 5


def test_what_was_refused_is_told_and_the_next_is_recorded(recorded: Recorded) -> None:
    recorded.ask("away")
    assert recorded.answer() == "StoreUnavailable STORE_UNAVAILABLE: the store is away"
    recorded.ask("odd")
    assert recorded.answer() == "RuntimeError ValueError"
    recorded.ask("a")
    assert recorded.answer() == "done"
    assert len({pid for pid, _ in recorded.lines()}) == 1


def test_what_it_was_given_is_recorded_though_its_process_is_killed(recorded: Recorded) -> None:
    recorded.ask("wait a b")
    eventually(lambda: len(recorded.lines()) == 1, "it has begun")
    recorded.process.kill()
    recorded.process.wait(PATIENCE)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", recorded.port))
    recorded.gate.touch()
    eventually(lambda: [word for _, word in recorded.lines()] == ["wait", "a", "b"], "all of it is recorded")
    eventually(gone(recorded.lines()[0][0]), "it ends, too")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_ends_with_its_process_alone(recorded: Recorded, number: signal.Signals) -> None:
    recorded.ask("a")
    assert recorded.answer() == "done"
    ((recorder, _),) = recorded.lines()
    os.kill(recorder, number)
    recorded.ask("b")
    assert recorded.answer() == "done"
    assert recorded.lines() == [(recorder, "a"), (recorder, "b")]
    assert recorded.process.stdin is not None
    recorded.process.stdin.close()
    assert recorded.process.wait(PATIENCE) == 0
    assert gone(recorder)()


def test_one_that_stands_still_is_not_waited_for_for_ever(recorded: Recorded) -> None:
    recorded.ask("a")
    assert recorded.answer() == "done"
    ((recorder, _),) = recorded.lines()
    os.kill(recorder, signal.SIGSTOP)
    recorded.ask("patience 0.1")
    recorded.ask("b")
    assert recorded.answer() == "done"
    assert recorded.lines()[1:] == [(recorded.pid, "b")]
    assert gone(recorder)()


def test_without_it_the_process_itself_records(recorded: Recorded) -> None:
    recorded.ask("a")
    assert recorded.answer() == "done"
    ((recorder, _),) = recorded.lines()
    os.kill(recorder, signal.SIGKILL)
    recorded.ask("b")
    recorded.ask("c")
    assert (recorded.answer(), recorded.answer()) == ("done", "done")
    assert recorded.lines()[1:] == [(recorded.pid, "b"), (recorded.pid, "c")]
    recorded.process.kill()
    _, errors = recorded.process.communicate()
    assert errors.count("the process that records calls has died") == 1
