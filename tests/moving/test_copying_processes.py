"""SIGKILL of a process that copies, on every backend that outlives it."""

import random
from pathlib import Path

import pytest

from moving.movers import Place, copy
from support.copiers import copy_by_and_by
from support.processes import start
from support.scene import contents, played
from support.stores import SHARED
from support.world import World

KILLS = 6
MOST_PAGES = 14


@pytest.mark.parametrize("backend", SHARED)
def test_killed_copies_leave_what_the_next_one_completes(backend: str, tmp_path: Path) -> None:
    source, target = Place("sqlite", tmp_path / "source"), Place(backend, tmp_path / "target")
    world = World(source.store)
    played(world)
    rng = random.Random(20261123)
    for _ in range(KILLS):
        process, connection = start(copy_by_and_by, source.url, target.url)
        for _ in range(1 + rng.randrange(MOST_PAGES)):
            assert connection.recv()
            connection.send(True)
        process.kill()
        process.join()
        connection.close()
        assert target.store.get_keys() == ()
    assert copy(source.store, target.store, now=world.now).comparison.differences == ()
    assert contents(target.store) == contents(source.store)
    source.close()
    target.close()
