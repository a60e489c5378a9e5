"""The command that drives a store for as long as anyone likes."""

import os
import subprocess
import sys

from support.ground import Tally
from support.long_run import summary


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_tells_how_far_it_is_and_what_was_done() -> None:
    done = run("-m", "support.long_run", "--backend", "memory", "--steps", "1", "--seed", "5")
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[:2] == ["memory: 1 operations, seed 5", "  0 %  0 operations, seed 5"]
    assert "no deviation" in told[2]
    for kind in ("open", "close", "let time pass", "INVALID_ARGUMENT", "ACTIVE_SESSION", "NO_SESSION", "on time"):
        assert any(line.endswith(kind) for line in told[3:]), kind


def test_a_store_that_deviates_ends_it_with_the_steps_that_lead_there() -> None:
    program = """\
from adapters.storage.memory.store import MemoryStore
from support import ground, long_run
class Forgetful(MemoryStore):
    def drain_numbers(self, numbers):
        return []
ground.open_store = lambda url: Forgetful()
long_run.main()
"""
    done = run("-c", program, "--backend", "memory", "--seed", "5")
    assert done.returncode == 1
    assert "It ended at --seed 5 --steps 1" in done.stderr
    assert "Deviation: drain_numbers" in done.stderr
    assert "state.add_drain_or_remove(" in done.stderr


def test_the_summary_counts_by_kind() -> None:
    done = Tally()
    done.operations.update({"open": 3, "close": 1})
    done.refusals.update({"POOL_EXHAUSTED": 2})
    lines = summary(done, 120)
    assert lines[0] == "4 operations in 2 minutes, no deviation"
    assert [line.split() for line in lines[2:5]] == [["operations"], ["3", "open"], ["1", "close"]]
    assert lines[7].split() == ["2", "POOL_EXHAUSTED"]
