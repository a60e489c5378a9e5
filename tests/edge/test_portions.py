"""Recording in portions, so that what is recorded has no store to itself for long."""

from collections.abc import Sequence

import pytest

from adapters import portions
from adapters.portions import Portions
from adapters.recorder import Recorder
from masking_core.calls import IncomingCall
from masking_core.errors import StoreUnavailable
from masking_core.ports.call_log import Decided
from masking_core.shards import shard_of
from support.world import START, virtual


class Clock:
    """Time that passes while somebody sleeps, or records."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Store:
    """Takes ``takes`` seconds for each portion, and notes when each began."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.takes = 0.0
        self.away = False
        self.recorded: list[tuple[float, list[str]]] = []

    def record(self, decisions: Sequence[Decided]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.recorded.append((self.clock.now, [each.call.call_id for each in decisions]))
        self.clock.now += self.takes

    def begun(self) -> list[float]:
        """When each portion of the last recording began."""
        found = [round(time, 6) for time, _ in self.recorded]
        self.recorded.clear()
        return found


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    clock = Clock()
    monkeypatch.setattr(portions, "time", clock)
    return Store(clock)


def calls(number: int, of_each: int = 1) -> list[Decided]:
    """Decisions of so many calls, one after the other, and that again for the next of each."""
    return [
        Decided(IncomingCall(virtual(0), None, f"call-{index}"), None, START + turn, START)
        for turn in range(of_each)
        for index in range(number)
    ]


def test_few_are_recorded_together_as_they_came(store: Store) -> None:
    Portions(store).record(calls(8), 0.05)
    assert store.recorded == [(0.0, [f"call-{index}" for index in range(8)])]


def test_many_are_spread_over_the_time_in_which_others_are_gathered(store: Store) -> None:
    Portions(store).record(calls(80), 0.08)
    assert sorted(name for _, names in store.recorded for name in names) == sorted(
        each.call.call_id for each in calls(80)
    )
    assert [len(names) for _, names in store.recorded] == [10] * 8
    assert store.begun() == [round(0.01 * number, 6) for number in range(8)]


def test_what_lies_together_in_a_store_is_recorded_together_and_a_call_in_its_order(store: Store) -> None:
    given = calls(40, of_each=3)
    Portions(store).record(given, 0.05)
    recorded = [name for _, names in store.recorded for name in names]
    shards = [shard_of(name.encode()) for name in recorded]
    assert shards == sorted(shards)
    assert recorded == [
        each.call.call_id for each in sorted(given, key=lambda each: shard_of(each.call.call_id.encode()))
    ]


def test_without_time_all_is_recorded_at_once(store: Store) -> None:
    Portions(store).record(calls(80), 0.0)
    assert [len(names) for _, names in store.recorded] == [80]


def test_what_had_no_time_tells_nothing_of_how_busy_the_machine_is(store: Store) -> None:
    divided = Portions(store)
    store.takes = 0.001
    for _ in range(4):
        divided.record(calls(80), 0.0)
    store.recorded.clear()
    divided.record(calls(80), 0.08)
    assert len(store.recorded) == 8


def test_what_is_left_when_the_time_is_over_is_recorded_at_once(store: Store) -> None:
    store.takes = 0.03
    Portions(store).record(calls(80), 0.08)
    assert [len(names) for _, names in store.recorded] == [10, 10, 10, 50]
    assert store.begun() == [0.0, 0.03, 0.06, 0.09]


def test_the_longer_recording_takes_the_fewer_portions_there_are(store: Store) -> None:
    divided = Portions(store)
    store.takes = 0.019
    numbers = []
    for _ in range(4):
        divided.record(calls(80), 0.08)
        numbers.append(len(store.begun()))
    assert numbers == [6, 4, 2, 2]
    store.takes = 0.001
    for _ in range(4):
        divided.record(calls(80), 0.08)
        numbers.append(len(store.begun()))
    assert numbers[4:] == [2, 4, 8, 8]


def test_beside_callers_few_are_recorded_at_a_time_and_callers_have_the_interpreter_in_between(store: Store) -> None:
    Portions(store, beside_callers=True).record(calls(40), 0.08)
    assert [len(names) for _, names in store.recorded] == [4] * 10
    assert store.begun() == [0.0001, *(round(0.008 * number, 6) for number in range(1, 10))]


def test_who_has_no_process_that_records_records_beside_callers(store: Store) -> None:
    Recorder(store).record(calls(40), 0.08)
    assert [len(names) for _, names in store.recorded] == [4] * 10


def test_beside_callers_who_is_behind_pauses_too_until_the_time_is_over(store: Store) -> None:
    store.takes = 0.02
    Portions(store, beside_callers=True).record(calls(40), 0.05)
    assert [len(names) for _, names in store.recorded] == [4, 4, 4, 28]
    assert store.begun() == [0.0001, 0.0202, 0.0403, 0.0604]


def test_what_fails_is_told(store: Store) -> None:
    store.away = True
    with pytest.raises(StoreUnavailable):
        Portions(store).record(calls(80), 0.05)
    store.away = False
    Portions(store).record(calls(80), 0.05)
    assert sum(len(names) for _, names in store.recorded) == 80
