"""Each backend and a plain model side by side, driven by Hypothesis.

A long run, for anyone: ``MASKING_TEST_STEPS=200000 pytest tests/storage/test_state_machine.py``.
"""

import os
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from adapters.storage.registry import open_store
from masking_core.calls import Dial
from masking_core.errors import InvalidArgument, NotFound, NumberInUse, RequestIdReused, SessionEnded
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR, MINUTE, NEVER
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import SessionQuery, SessionState
from support.model import Model, ModelSession
from support.stores import URLS
from support.world import POOL, START, World, proxies, real, virtual

STEPS = int(os.environ.get("MASKING_TEST_STEPS", "2500"))
STEPS_OF_ONE_RUN = 50
PEOPLE = [real(index) for index in range(7)]
NUMBERS = [virtual(index) for index in range(6)]

person = st.sampled_from(PEOPLE)
people = st.lists(person, min_size=1, max_size=2, unique=True).map(tuple)
number = st.sampled_from(NUMBERS)
times = st.integers(min_value=1, max_value=8).map(lambda steps: steps * 10 * MINUTE)


class SideBySide(RuleBasedStateMachine):
    """One backend beside the model."""

    backend = ""
    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(open_store(URLS[self.backend](Path(self.folder.name))))
        self.request_ids = count(1)

    def teardown(self) -> None:
        self.world.store.close()
        self.folder.cleanup()

    @initialize(cool_off=st.sampled_from([0, HOUR]), reuse_early=st.booleans(), size=st.integers(1, len(NUMBERS)))
    def make_pool(self, cool_off: int, reuse_early: bool, size: int) -> None:  # noqa: FBT001
        self.world.pool(size, cool_off=cool_off, retention=2 * HOUR, reuse_early=reuse_early)
        self.model = Model(cool_off, 2 * HOUR, reuse_early, START)
        self.model.numbers = dict.fromkeys(NUMBERS[:size], "IN_SERVICE")

    @rule(target=sessions, a=people, b=people, ttl=st.none() | times, reserve=st.booleans(), named=st.booleans())
    def open(self, a: tuple[str, ...], b: tuple[str, ...], ttl: int | None, reserve: bool, named: bool) -> Any:  # noqa: FBT001
        request_id = f"r{next(self.request_ids)}" if named else ""
        ask = {"time_to_live": ttl, "reserve_numbers": reserve, "request_id": request_id}
        if set(a) & set(b):
            with pytest.raises(InvalidArgument):
                self.world.open(a, b, **ask)
            return multiple()
        right = [self.model.right_numbers(side, reserve=reserve) for side in (a, b)]
        if not (right[0][0] and right[1][0]):
            with pytest.raises(PoolExhausted) as raised:
                self.world.open(a, b, **ask)
            assert raised.value.exhaustion.side == (1 if right[0][0] else 0)
            assert sum(raised.value.exhaustion.ruled_out.values()) == len(self.model.numbers)
            return multiple()
        view = self.world.open(a, b, **ask)
        taken = list(proxies(view))
        for index in (0, 1):
            numbers, early = right[index]
            assert taken[index] in numbers
            assert view.session.sides[index].reused_early is early
            if not early:
                self.check_evenness(taken[index], numbers, taken[0] if index else "")
        end = NEVER if ttl is None else self.model.now + ttl
        session = ModelSession([a, b], taken, end, reserve)
        self.model.sessions[view.session.session_id] = session
        if request_id:
            self.model.requests[request_id] = view.session.session_id
        return view.session.session_id

    def check_evenness(self, taken: str, right: set[str], other_side: str) -> None:
        """No number with less load would have done."""
        loads = {each: self.model.load(each) + (each == other_side) for each in right}
        assert loads[taken] == min(loads.values())

    @rule(data=st.data())
    def repeat_an_opening(self, data: st.DataObject) -> None:
        if not self.model.requests:
            return
        request_id = data.draw(st.sampled_from(sorted(self.model.requests)))
        session_id = self.model.requests[request_id]
        before = len(self.world.sessions.list(SessionQuery(limit=1000)))
        with suppress(RequestIdReused):
            session = self.model.sessions[session_id]
            view = self.world.open(*(tuple(each) for each in session.numbers), request_id=request_id)
            assert view.session.session_id == session_id
        assert len(self.world.sessions.list(SessionQuery(limit=1000))) == before

    @rule(session_id=sessions)
    def close(self, session_id: str) -> None:
        session = self.model.sessions.get(session_id)
        if session is None:
            with pytest.raises(NotFound):
                self.world.sessions.close(session_id)
            return
        if self.model.now < session.end_time:
            session.close_time = self.model.now
        assert not self.world.sessions.close(session_id).session.is_active(self.model.now)

    @rule(session_id=sessions, ttl=times)
    def extend_or_shorten(self, session_id: str, ttl: int) -> None:
        if self.refuses_change(session_id, SessionChange(session_id, time_to_live=ttl)):
            return
        self.world.sessions.update(SessionChange(session_id, time_to_live=ttl))
        self.model.sessions[session_id].expire_time = self.model.now + ttl

    @rule(session_id=sessions, side=st.sampled_from([0, 1]), numbers=people)
    def change_numbers(self, session_id: str, side: int, numbers: tuple[str, ...]) -> None:
        change = SessionChange(session_id, participants={side: ParticipantChange(numbers)})
        if self.refuses_change(session_id, change):
            return
        session = self.model.sessions[session_id]
        if set(numbers) & set(session.numbers[1 - side]):
            with pytest.raises(InvalidArgument):
                self.world.sessions.update(change)
            return
        last = self.model.last_end(numbers, session.proxies[side], without=session_id)
        cooled = last <= self.model.now - self.model.cool_off
        keeps = last <= self.model.now and (cooled or self.model.reuse_early)
        try:
            view = self.world.sessions.update(change)
        except PoolExhausted:
            assert not keeps
            return
        after = proxies(view)
        assert after[1 - side] == session.proxies[1 - side]
        if keeps:
            assert after[side] == session.proxies[side]
        else:
            assert self.model.last_end(numbers, after[side], without=session_id) <= self.model.now
            assert self.model.numbers[after[side]] == "IN_SERVICE"
            assert not self.model.reserved_by_another(after[side], session_id)
        for each in session.numbers[side]:
            session.former[each, session.proxies[side]] = self.model.now
        session.numbers[side], session.proxies[side] = numbers, after[side]

    def refuses_change(self, session_id: str, change: SessionChange) -> bool:
        """Check that a session which is gone or ended cannot change."""
        session = self.model.sessions.get(session_id)
        if session is not None and self.model.now < session.end_time:
            return False
        with pytest.raises(NotFound if session is None else SessionEnded):
            self.world.sessions.update(change)
        return True

    @rule(step=times)
    def let_time_pass(self, step: int) -> None:
        self.model.now += step
        self.world.now = self.model.now

    @rule()
    def sweep(self) -> None:
        self.world.housekeeping.sweep()
        self.model.forget()

    @rule(each=number)
    def drain(self, each: str) -> None:
        if each not in self.model.numbers:
            with pytest.raises(NotFound):
                self.world.pools.drain_numbers([each])
            return
        self.world.pools.drain_numbers([each])
        self.model.numbers[each] = "DRAINING"

    @rule(each=number)
    def add(self, each: str) -> None:
        self.world.add(each)
        self.model.numbers[each] = "IN_SERVICE"

    @rule(each=number)
    def remove(self, each: str) -> None:
        held = any(each == proxy for session in self.model.sessions.values() for _, proxy in session.pairs())
        if each not in self.model.numbers or held:
            with pytest.raises((NotFound, NumberInUse)):
                self.world.pools.remove_numbers([each])
            return
        self.world.pools.remove_numbers([each])
        del self.model.numbers[each]

    @rule(each=person)
    def try_to_take_a_participants_number(self, each: str) -> None:
        if any(person == each for session in self.model.active().values() for person, _ in self.current(session)):
            with pytest.raises(NumberInUse):
                self.world.add(each)

    def current(self, session: ModelSession) -> list[tuple[str, str]]:
        return [pair for pair, end in session.pairs().items() if end > self.model.now]

    @rule(session_id=consumes(sessions))
    def forget_the_name(self, session_id: str) -> None:
        """Let Hypothesis drop a session it would close and change for ever."""

    @invariant()
    def every_call_is_answered_as_the_model_says(self) -> None:
        for dialled in NUMBERS:
            for caller in PEOPLE:
                decision = self.world.call(caller, dialled)
                told: tuple[str, ...] = (decision.reason,)
                if isinstance(decision, Dial):
                    told = decision.reason, decision.to.e164, decision.caller_id
                assert told == self.model.expected(caller, dialled)

    @invariant()
    def lists_and_loads_are_as_the_model_says(self) -> None:
        listed = {view.session.session_id for view in self.world.sessions.list(SessionQuery(limit=1000))}
        assert listed == set(self.model.sessions)
        active = self.world.sessions.list(SessionQuery(state=SessionState.ACTIVE, limit=1000))
        assert {view.session.session_id for view in active} == set(self.model.active())

    @rule()
    def look_at_the_usage(self) -> None:
        """No invariant: it sweeps up, and every other step must do without."""
        usage = self.world.pools.usage(POOL)
        assert usage.active_sessions == len(self.model.active())
        assert usage.highest_load == max((self.model.load(each) for each in self.model.numbers), default=0)


@pytest.mark.parametrize("backend", sorted(URLS))
def test_a_backend_behaves_like_the_model(backend: str) -> None:
    machine: type[SideBySide] = type(f"SideBySide_{backend}", (SideBySide,), {"backend": backend})
    machine.TestCase.settings = settings(
        max_examples=max(STEPS // STEPS_OF_ONE_RUN, 1),
        stateful_step_count=STEPS_OF_ONE_RUN,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase().runTest()
