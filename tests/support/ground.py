"""What the state machine plays on: one backend beside memory, used again by one run after the other.

A run ends by forgetting everything by the system's own rules, so that the next finds nothing of it.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from adapters.storage.redis.store import RedisStore
from adapters.storage.registry import open_store
from masking_core.instants import HOUR
from masking_core.pools import PoolPolicy
from masking_core.ports.numbers import NumberQuery
from masking_core.sessions import SessionQuery
from support.beside_memory import BesideMemory
from support.memory_ring import MemoryRing
from support.stores import URLS
from support.world import START, World

_EVERYTHING = 10_000
_POOL = "pool"


@dataclass
class Tally:
    """What was done: operations by kind, refusals by reason, calls by their answer, and what befell the clocks."""

    operations: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    clocks: Counter[str] = field(default_factory=Counter)


class Ground:
    def __init__(self, backend: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="masking-machine-")
        self.ring = MemoryRing()
        store = open_store(URLS[backend](Path(self._folder.name)))
        if isinstance(store, RedisStore):
            # It waits until no other process answers by the policy before, and here is no other.
            store._pools.wait_until_forgotten = store._pools.forget  # type: ignore[method-assign]
        self.both = BesideMemory(store)
        self.world = World(self.both, self.ring, START)
        self.names = count(1)

    def pool(self, policy: PoolPolicy) -> str:
        """The name of the only pool, which now has this policy and, as the last run has left it, no numbers.

        Lists and sweeping go through every pool there is: one for each run would slow down all that follow.
        """
        if not self.world.pools.list("", _EVERYTHING):
            self.world.pools.create(_POOL, policy)
        elif self.world.pools.get(_POOL).policy != policy:
            self.world.pools.update(_POOL, lambda _: policy)
        return _POOL

    def leave(self, retention: int) -> None:
        """Let everything end and be forgotten, and check that it is."""
        world = self.world
        world.now = self.both.latest
        for view in world.sessions.list(SessionQuery(limit=_EVERYTHING)):
            world.sessions.close(view.session.session_id)
        world.now += retention + HOUR
        while world.housekeeping.sweep():
            pass
        numbers = [each.number for each in world.pools.list_numbers(NumberQuery(limit=_EVERYTHING))]
        if numbers:
            world.pools.remove_numbers(numbers)
        assert not world.sessions.list(SessionQuery(limit=_EVERYTHING))
        assert not self.both.memory._tables.routes

    def discard(self) -> None:
        self.both.close()
        self._folder.cleanup()


_tallies: dict[str, Tally] = {}
_grounds: dict[str, Ground] = {}


def tally(backend: str) -> Tally:
    """What was done on a backend since the process began."""
    return _tallies.setdefault(backend, Tally())


def ground(backend: str) -> Ground:
    """The ground of a backend, made when it is first asked for."""
    if backend not in _grounds:
        _grounds[backend] = Ground(backend)
    return _grounds[backend]


def discard(backend: str) -> None:
    """Make the ground anew for the next run: this one is spoilt, or the last."""
    if backend in _grounds:
        _grounds.pop(backend).discard()
