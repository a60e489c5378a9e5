"""How long another's lock is waited for."""

import pytest

from adapters.storage.sqlite import patience
from adapters.storage.sqlite.patience import LONGEST, Patience


class Clock:
    """A machine that stands still for a while in each pause."""

    def __init__(self, still: float) -> None:
        self.now = 100.0
        self.still = still
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds + self.still


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(0.0)
    monkeypatch.setattr(patience, "time", clock)
    return clock


def waited(clock: Clock, waiting: Patience) -> float:
    """How long it waits until it gives up."""
    begun, attempts = clock.now, 0
    while waiting(attempts):
        attempts += 1
    return clock.now - begun


def test_each_wait_ends_when_its_time_is_over_and_at_first_looks_again_soon(clock: Clock) -> None:
    waiting = Patience()
    assert waited(clock, waiting) == pytest.approx(LONGEST)
    clock.pauses.clear()
    with waiting.for_no_longer_than(0.1):
        assert waited(clock, waiting) == pytest.approx(0.1)
    assert clock.pauses[:3] == [0.001, 0.002, 0.005]
    with waiting.for_no_longer_than(None):
        assert waited(clock, waiting) == pytest.approx(LONGEST)


def test_a_machine_that_stands_still_prolongs_it_by_its_last_pause_alone(clock: Clock) -> None:
    clock.still = 0.4
    waiting = Patience()
    with waiting.for_no_longer_than(2.7):
        assert 2.7 <= waited(clock, waiting) < 2.7 + 0.4 + 0.1


def test_who_has_no_time_left_does_not_wait(clock: Clock) -> None:
    waiting = Patience()
    with waiting.for_no_longer_than(-0.5):
        assert waited(clock, waiting) == 0


def test_after_a_wait_that_was_refused_the_next_one_is_as_long_as_ever(clock: Clock) -> None:
    waiting = Patience()
    with pytest.raises(ValueError, match="refused"), waiting.for_no_longer_than(0.1):
        raise ValueError("refused")
    assert waited(clock, waiting) == pytest.approx(LONGEST)
