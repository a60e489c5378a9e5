"""What the rules of the state machine have in common: the ground, the clocks, and what must hold after each step."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import strategies as st
from hypothesis.errors import StopTest
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant

from masking_core.calls import Dial
from masking_core.errors import MaskingError, NumberNotAvailable
from masking_core.instants import HOUR, MINUTE, SECOND
from masking_core.pools import PoolPolicy
from masking_core.sessions import SessionQuery, SessionState
from support.ground import discard, ground, tally
from support.model import Answer, Model, Pair
from support.world import real, virtual

RETENTION = 2 * HOUR
_TURNS = 3
"""Whoever has or had a session calls, and the lists are looked at, after one of so many steps."""

PEOPLE = [real(index) for index in range(7)]
NUMBERS = [virtual(index) for index in range(6)]
CLOCKS = {"on time": 0, "a second late": SECOND, "a minute late": MINUTE}
"""The clocks of the processes, and how far each lags."""

person = st.sampled_from(PEOPLE)
people = st.lists(person, min_size=1, max_size=2, unique=True).map(tuple)
number = st.sampled_from(NUMBERS)
times = st.integers(min_value=1, max_value=8).map(lambda steps: steps * 10 * MINUTE)
picks = st.integers(min_value=0, max_value=99)
clocks = st.sampled_from(sorted(CLOCKS))
cool_offs = st.sampled_from([0, 30 * MINUTE, HOUR])


class Machine(RuleBasedStateMachine):
    """One backend beside memory and the model. Every rule begins with ``begin``."""

    backend = ""
    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.ground = ground(self.backend)
        self.both, self.world, self.ring = self.ground.both, self.ground.world, self.ground.ring
        self.tally = tally(self.backend)
        self.name = ""
        self.time = self.world.now
        self.turn = 0

    def teardown(self) -> None:
        """Leave the ground as it was; a run that failed leaves none."""
        failure = sys.exc_info()[1]
        if failure is None or isinstance(failure, StopTest):
            self.ground.leave(RETENTION)
        else:
            discard(self.backend)

    @initialize(cool_off=cool_offs, reuse_early=st.booleans(), size=st.integers(2, len(NUMBERS)))
    def make_pool(self, cool_off: int, reuse_early: bool, size: int) -> None:  # noqa: FBT001
        self.name = self.ground.pool(PoolPolicy(cool_off=cool_off, retention=RETENTION, reuse_early=reuse_early))
        self.world.add(*NUMBERS[:size], pool=self.name)
        self.model = Model(cool_off, RETENTION, reuse_early, self.time, self.time)
        self.model.numbers = dict.fromkeys(NUMBERS[:size], "IN_SERVICE")

    def begin(self, operation: str, clock: str) -> None:
        """An operation, by the process that has this clock."""
        self.show(self.time - CLOCKS[clock])
        self.tally.operations[operation] += 1
        self.tally.clocks[clock] += 1
        if self.model.in_limbo():
            self.tally.clocks["while another clock has seen a session run out"] += 1

    def show(self, now: int) -> None:
        self.world.now = now
        self.model.show(now)

    @contextmanager
    def refused(self, *kinds: type[MaskingError]) -> Iterator[None]:
        """What is done inside must be refused so."""
        with pytest.raises(kinds) as raised:
            yield
        self.note(raised.value)

    def note(self, error: MaskingError) -> None:
        """Count a refusal."""
        rule = f": {error.rule}" if isinstance(error, NumberNotAvailable) else ""
        self.tally.refusals[f"{error.reason}{rule}"] += 1

    def sweep_up(self) -> None:
        while self.world.housekeeping.sweep():
            pass
        self.model.forget()

    def bring_in_step(self) -> None:
        """Sweep by the latest clock, where the backend and memory are not equally far with that."""
        now = self.world.now
        if not self.both.is_in_step(now):
            self.tally.clocks["swept, for one side had seen more than the other"] += 1
            self.show(self.model.latest)
            self.sweep_up()
            self.show(now)

    @invariant()
    def every_call_is_answered_as_the_model_says(self) -> None:
        self.turn += 1
        for caller, dialled in self.callers():
            decision = self.world.call(caller, dialled)
            told: Answer = (decision.reason,)
            if isinstance(decision, Dial):
                told = decision.reason, decision.to.e164, decision.caller_id
            assert told in self.model.expected(caller, dialled)
            self.tally.calls[decision.reason] += 1

    def callers(self) -> list[Pair]:
        """Who calls now, and which number: a third of the people all of them, one further person too."""
        some = {PEOPLE[self.turn % len(PEOPLE)], *PEOPLE[self.turn % _TURNS :: _TURNS]}
        return [(caller, dialled) for caller in PEOPLE if caller in some for dialled in NUMBERS]

    @invariant()
    def the_lists_are_as_the_model_says(self) -> None:
        if self.turn % _TURNS:
            return
        assert self.listed(None) == set(self.model.sessions)
        assert self.listed(SessionState.ACTIVE) ^ set(self.model.active()) <= set(self.model.in_limbo())

    def listed(self, state: SessionState | None) -> set[str]:
        found = self.world.sessions.list(SessionQuery(state=state, limit=1000))
        return {view.session.session_id for view in found}
