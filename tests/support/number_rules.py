"""What the state machine does with numbers, keys and time."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from masking_core.errors import NotFound, NumberInUse
from masking_core.instants import HOUR, MINUTE, NEVER, SECOND
from masking_core.services.key_rotation import KeyRotation
from support.machine import CLOCKS, Machine, clocks, cool_offs, number, person, picks


class Interrupted(Exception):
    """Stands for a rotation that died."""


class NumberRules(Machine):
    """Numbers that come and go, the pool's policy, sweeping, rotation, and the passing of time."""

    @rule(each=number, what=st.sampled_from(["add", "add", "add", "drain", "drain", "remove"]), clock=clocks)
    def add_drain_or_remove(self, each: str, what: str, clock: str) -> None:
        self.begin(f"{what} a number", clock)
        {"add": self.add, "drain": self.drain, "remove": self.remove}[what](each)

    def add(self, each: str) -> None:
        self.world.add(each, pool=self.name)
        self.model.numbers[each] = "IN_SERVICE"

    def drain(self, each: str) -> None:
        if each not in self.model.numbers:
            with self.refused(NotFound):
                self.world.pools.drain_numbers([each])
            return
        self.world.pools.drain_numbers([each])
        self.model.numbers[each] = "DRAINING"

    def remove(self, each: str) -> None:
        if each not in self.model.numbers or self.model.is_held(each):
            with self.refused(NotFound, NumberInUse):
                self.world.pools.remove_numbers([each])
            return
        self.world.pools.remove_numbers([each])
        del self.model.numbers[each]

    @rule(each=person, clock=clocks)
    def try_to_take_a_participants_number(self, each: str, clock: str) -> None:
        self.show(self.time - CLOCKS[clock])
        if self.model.takes_part(each):
            self.begin("add a participant's number", clock)
            with self.refused(NumberInUse):
                self.world.add(each, pool=self.name)

    @rule(
        what=st.sampled_from(["sweep", "sweep", "usage", "policy", "rotate"]),
        policy=st.tuples(cool_offs, st.booleans()),
        pauses=st.integers(min_value=0, max_value=4),
        clock=clocks,
    )
    def look_after_the_pool(self, what: str, policy: tuple[int, bool], pauses: int, clock: str) -> None:
        self.begin(f"look after the pool: {what}", clock)
        match what:
            case "policy":
                self.change_the_policy(*policy)
            case "rotate":
                self.rotate_the_key(pauses)
            case "usage":
                self.look_at_the_usage()
            case _:
                self.sweep()

    def change_the_policy(self, cool_off: int, reuse_early: bool) -> None:  # noqa: FBT001
        self.world.pools.update(self.name, lambda policy: replace(policy, cool_off=cool_off, reuse_early=reuse_early))
        self.model.cool_off, self.model.reuse_early = cool_off, reuse_early

    def sweep(self) -> None:
        self.sweep_up()
        if not self.model.in_limbo():
            assert self.both.numbers_are_alike()
            self.check_numbers()

    def check_numbers(self) -> None:
        """Every number's state, load and reservation is what the running sessions make of it."""
        active = self.model.active()
        for each, state in self.model.numbers.items():
            found = self.world.pools.get_number(each)
            users = [key for key, session in active.items() if each in session.proxies]
            reserving = [key for key in users if active[key].reserved]
            assert (found.state, found.load) == (state, self.model.load(each))
            assert found.reserved_by == (reserving[0] if reserving else "")
            assert not reserving or len(users) == 1

    def look_at_the_usage(self) -> None:
        """No invariant: it sweeps up, and every other step must do without."""
        usage = self.world.pools.usage(self.name)
        assert len(self.model.surely_active()) <= usage.active_sessions <= len(self.model.active())
        if not self.model.in_limbo():
            assert usage.highest_load == max((self.model.load(each) for each in self.model.numbers), default=0)

    def rotate_the_key(self, pauses: int) -> None:
        """As far as the pause in which the rotation dies; the next goes on from there."""
        left = iter(range(pauses))

        def pause() -> None:
            if next(left, None) is None:
                raise Interrupted

        rotation = KeyRotation(self.world.store, self.ring, self.ring, self.world.clock, pause, _unseen)
        try:
            rotation.rotate()
        except Interrupted:
            self.tally.refusals["a rotation died"] += 1
        else:
            assert len(self.ring.key_ids()) == 1

    @rule(step=st.sampled_from([SECOND, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR]))
    def let_time_pass(self, step: int) -> None:
        self.time += step
        self.begin("let time pass", "on time")

    @rule(pick=picks)
    def let_time_pass_until_a_session_has_run_out(self, pick: int) -> None:
        ends = sorted({each.end_time for each in self.model.sessions.values() if self.time < each.end_time < NEVER})
        if ends:
            self.time = ends[pick % len(ends)]
            self.begin("let time pass", "on time")


def _unseen(what: str, done: int) -> None:
    del what, done
