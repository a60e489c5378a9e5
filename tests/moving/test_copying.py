"""Copying from every backend into every backend: whatever a later answer depends on comes over."""

import pytest

from masking_core.ports.moving import KINDS
from moving.movers import Killed, Place, copy, dying_at
from support.scene import answers, contents, lived_on, played
from support.world import World


def test_everything_comes_over_and_both_live_on_alike(source: Place, target: Place) -> None:
    world = World(source.store)
    played(world)
    before = contents(source.store)
    copied = copy(source.store, target.store, now=world.now)
    assert (copied.comparison.differences, copied.comparison.alike) == ((), True)
    assert copied.written == {kind: len(before[kind]) for kind in KINDS}
    assert contents(source.store) == before
    store = target.reopened()
    assert contents(store) == before
    assert store.get_keys() == source.store.get_keys()
    twin = World(store, world.vault, world.now)
    world.sessions._opening._new_id = twin.sessions._opening._new_id = iter_ids(world).__next__
    assert answers(twin) == answers(world)
    assert lived_on(twin) == lived_on(world)
