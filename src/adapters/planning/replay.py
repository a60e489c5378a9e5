"""A replay: sessions opened one after the other, by the real services over a store in memory.

Nothing in here decides about numbers: what a shortage does is found out, not computed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import count

from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from adapters.system import new_pin
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import Instant
from masking_core.planning.outcome import Outcome
from masking_core.planning.workload import ExpectedSession
from masking_core.pools import Geography, PoolPolicy
from masking_core.ports.numbering import NumberDescription, NumberKind
from masking_core.services.housekeeping import Housekeeping
from masking_core.services.key_rotation import fit_keys
from masking_core.services.pools import MAX_BATCH, NumberRequest, Pools
from masking_core.services.requests import OpenRequest, ParticipantRequest
from masking_core.services.sessions import Sessions

_POOL = "replay"
_SWEEP_EVERY = 10_000
_STEP = 256

Progress = Callable[[int], None]
"""Told how many sessions are replayed."""


class MadeUpPlan:
    """Describes numbers that nobody has: each belongs to the country it was last given. Port: ``NumberingPlan``."""

    def __init__(self) -> None:
        """Begin without any."""
        self.countries: dict[str, str] = {}

    def describe(self, text: str) -> NumberDescription:
        """The number, ordinary whatever it is."""
        return NumberDescription(NumberKind.ORDINARY, text, self.countries.get(text, ""))


class Replay:
    """A system of its own, with a pool of so many numbers by country, in which time is what a session says."""

    def __init__(self, policy: PoolPolicy, numbers: Mapping[str, int]) -> None:
        """Take the policy that decides of geography and cool-off, and the size of the pool."""
        self._now: Instant = 0
        self._policy = PoolPolicy(
            geography=min(policy.geography, Geography.COUNTRY),
            strict_geography=policy.strict_geography,
            cool_off=policy.cool_off,
            reuse_early=policy.reuse_early,
            retention=policy.cool_off,
        )
        self._plan = MadeUpPlan()
        store, vault, ids = open_store("memory://"), RingVault.random(), count()
        fit_keys(store, vault)
        self._sessions = Sessions(store, vault, self._plan, self._clock, lambda: f"{next(ids):012}", new_pin)
        self._housekeeping = Housekeeping(store, self._clock)
        pools = Pools(store, store, vault, self._plan, self._clock)
        pools.create(_POOL, self._policy)
        names = map("+9990{:010}".format, count())
        requests = [NumberRequest(next(names), country) for country, size in numbers.items() for _ in range(size)]
        for first in range(0, len(requests), MAX_BATCH):
            pools.add_numbers(_POOL, requests[first : first + MAX_BATCH])

    def _clock(self) -> Instant:
        return self._now

    def run(self, sessions: Iterable[ExpectedSession], progress: Progress = lambda _: None) -> dict[str, Outcome]:
        """Open the sessions, which come in the order of their start, and count what became of them by country."""
        outcomes: defaultdict[str, Outcome] = defaultdict(Outcome)
        done = 0
        for done, session in enumerate(sessions, start=1):
            self._now = session.start
            became = self._open(session)
            for country in set(session.countries):
                outcome = outcomes[country]
                outcome.openings += 1
                outcome.refused += became["refused"]
                outcome.reused_early += became["reused_early"]
                outcome.elsewhere += became["elsewhere"]
            if done % _SWEEP_EVERY == 0:
                self._housekeeping.sweep()
            if done % _STEP == 0:
                progress(done)
        progress(done)
        return dict(outcomes)

    def _open(self, session: ExpectedSession) -> Counter[str]:
        numbers = [f"+9991{participant:010}" for participant in session.participants]
        self._plan.countries.update(zip(numbers, session.countries, strict=True))
        request = OpenRequest(
            _POOL, tuple(ParticipantRequest((number,)) for number in numbers), expire_time=session.end
        )
        try:
            sides = self._sessions.open(request).session.sides
        except PoolExhausted:
            return Counter(refused=1)
        return Counter(
            reused_early=int(any(side.reused_early for side in sides)),
            elsewhere=int(any(side.reach < self._policy.geography for side in sides)),
        )
