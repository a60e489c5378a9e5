"""Limits and blocks of one backend and of a plain model side by side, step by step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from masking_core.blocks import Block
from masking_core.calls import Reason
from masking_core.instants import HOUR, MINUTE, SECOND, Instant
from masking_core.limits import Admission, Meter, Purse, Reading, refusal
from masking_core.ports.store import Store
from masking_core.sealed import Caller, LookupKey, Sealed
from support.world import START

REASONS = {
    "caller": Reason.CALLER_LIMIT,
    "number": Reason.NUMBER_LIMIT,
    "pool": Reason.POOL_LIMIT,
    "session": Reason.SESSION_LIMIT,
}
BUDGET, SWEPT = 60, 1_000
subjects = st.sets(st.sampled_from(sorted(REASONS)), min_size=1)
some = st.sampled_from([0, 1, 1, 2, 3])
people = st.integers(min_value=0, max_value=3)
_runs = count()


@dataclass(frozen=True)
class Counted:
    begin: Instant
    until: Instant
    keep_until: Instant


class Counting:
    """What the rules say, of lists that are gone through from end to end."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, str], Counted] = {}
        self.costs: dict[str, int] = {}

    def refusal(self, admission: Admission) -> Reason | None:
        readings = [self._reading(meter, admission) for meter in admission.meters]
        return refusal(admission, readings, sum(self.costs.values()))

    def admit(self, admission: Admission) -> Reason | None:
        reason = self.refusal(admission)
        for meter in admission.meters if reason is None else ():
            begin, until = admission.begin, admission.until
            counted = Counted(begin, until, meter.keep_until(begin, until))
            known = self.calls.get((meter.subject, admission.call_id))
            if known is None or known.keep_until <= begin:
                self.calls[meter.subject, admission.call_id] = counted
        return reason

    def end(self, call_id: str, subjects: Sequence[str], now: Instant) -> None:
        for subject in subjects:
            known = self.calls.get((subject, call_id))
            if known is not None:
                self.calls[subject, call_id] = replace(known, until=min(known.until, now))

    def forget(self, subject: str) -> None:
        self.calls = {key: counted for key, counted in self.calls.items() if key[0] != subject}

    def _reading(self, meter: Meter, admission: Admission) -> Reading:
        now = admission.begin
        kept = {
            call: counted
            for (subject, call), counted in self.calls.items()
            if subject == meter.subject and counted.keep_until > now
        }
        recent = sum(counted.begin > now - MINUTE for counted in kept.values())
        live = sum(counted.until > now for counted in kept.values())
        return Reading(recent, live, len(kept), admission.call_id in kept)


class LimitMachine(RuleBasedStateMachine):
    """Calls are admitted, come again, end, cost, and are forgotten; people are blocked and unblocked; time goes on."""

    store: ClassVar[Store]
    key_ids: ClassVar[Sequence[str]]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.run, self.now = f"run-{next(_runs)}", START
        self.model, self.going, self.calls = Counting(), list[str](), count()
        self.blocks: dict[int, Block] = {}

    @initialize(figures=st.fixed_dictionaries({name: st.tuples(some, some) for name in REASONS}), in_all=some)
    def limit(self, figures: dict[str, tuple[int, int]], in_all: int) -> None:
        """A meter that counts all calls of a session is never also one of some of them."""
        self.meters = {
            name: Meter(f"{name}/{self.run}", REASONS[name], *figures[name], in_all if name == "session" else 0)
            for name in REASONS
        }

    def admission(self, call: str, names: set[str], purse: bool) -> Admission:  # noqa: FBT001 it is drawn
        meters = tuple(self.meters[name] for name in sorted(names) if self.meters[name].limits)
        money = Purse(f"purse/{self.run}", BUDGET) if purse else None
        return Admission(call, self.now, self.now + HOUR, meters, money)

    @rule(
        what=st.sampled_from(["call", "call", "call", "call", "again", "ask", "end", "cost", "forget"]),
        names=subjects,
        purse=st.booleans(),
        cost=st.sampled_from([0, 10, 30, 60]),
        pick=st.integers(min_value=0, max_value=99),
    )
    def count(self, what: str, names: set[str], purse: bool, cost: int, pick: int) -> None:  # noqa: FBT001 it is drawn
        """One thing that is done with calls; in one rule, for Hypothesis leaves whole rules out of a run."""
        match what:
            case "end":
                self.end(names, pick)
            case "cost":
                self.store.note_cost(f"purse/{self.run}", f"{self.run}/{pick % 3}", cost, self.now)
                self.model.costs[f"{self.run}/{pick % 3}"] = cost
            case "forget":
                self.store.forget_counted([self.meters[min(names)].subject])
                self.model.forget(self.meters[min(names)].subject)
            case _:
                call = self.going[-1] if what == "again" and self.going else f"{self.run}/{next(self.calls)}"
                self.call(self.admission(call, names, purse), only_ask=what == "ask")
        self.done[what] += 1

    def call(self, admission: Admission, *, only_ask: bool) -> None:
        if not (admission.meters or admission.purse):
            return
        if only_ask:
            assert self.store.would_refuse(admission) == self.model.refusal(admission)
            return
        reason = self.store.admit(admission)
        assert reason == self.model.admit(admission)
        self.done[str(reason)] += 1
        if reason is None and admission.call_id not in self.going:
            self.going.append(admission.call_id)

    def end(self, names: set[str], pick: int) -> None:
        if self.going:
            call = self.going.pop(pick % len(self.going))
            ended = [self.meters[name].subject for name in names]
            self.store.end_call(call, ended, self.now)
            self.model.end(call, ended, self.now)

    @rule(seconds=st.sampled_from([0, 1, 29, 59, 60, 61]), sweeping=st.booleans())
    def wait(self, seconds: int, sweeping: bool) -> None:  # noqa: FBT001 it is drawn
        self.now += seconds * SECOND
        if seconds:
            # A call that has been forgotten may come again, or not: it has been answered long since.
            self.going = []
        if sweeping:
            self.store.sweep(self.now, SWEPT)

    @rule(what=st.sampled_from(["block", "unblock", "look"]), who=st.sets(people, min_size=1), note=st.text("ab"))
    def list_people(self, what: str, who: set[int], note: str) -> None:
        if what == "block":
            self.block(min(who), note)
        elif what == "unblock":
            self.unblock(min(who))
        else:
            self.look(who)
        self.done[what] += 1

    def block(self, person: int, note: str) -> None:
        known = self.blocks.get(person)
        lookups = tuple(self.lookup(person, key) for key in range(2))
        block = Block(f"{self.run}/{person}", Caller(Sealed(b"sealed"), lookups), self.now, note)
        self.store.put_block(known, block, self.key_ids)
        self.blocks[person] = block

    def unblock(self, person: int) -> None:
        known = self.blocks.pop(person, None)
        lookups = () if known is None else known.number.lookups
        assert self.store.remove_block(f"{self.run}/{person}", lookups) is (known is not None)

    def look(self, who: set[int]) -> None:
        asked = [self.lookup(person, 1) for person in sorted(who)]
        assert set(self.store.find_blocks(asked)) == {self.blocks[each].block_id for each in who & set(self.blocks)}
        for person, block in self.blocks.items():
            assert self.store.get_block(f"{self.run}/{person}") == block

    def lookup(self, person: int, key: int) -> LookupKey:
        return LookupKey(f"{self.run}{person}{key}".encode().rjust(16, b"\0")[::-1])

    def teardown(self) -> None:
        for person in list(self.blocks):
            self.unblock(person)


def machine(store: Store, key_ids: Sequence[str]) -> Any:
    """The machine on a store, and what it has done so far."""
    done: Counter[str] = Counter()
    return type("LimitMachine_", (LimitMachine,), {"store": store, "key_ids": key_ids, "done": done}), done
