"""A store is trusted until it was slow several times in a row."""

import pytest

from webhook_edge import trust
from webhook_edge.trust import RELIEVED, SLOW, WAIT, Trust


class Clock:
    """Time that stands still until it is changed."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(trust, "time", clock)
    return clock


def wait(store: Trust, times: int, callbacks: int = 1) -> None:
    """Wait so often for a little longer than these callbacks may take."""
    for _ in range(times):
        store.waited(1.01 * WAIT * callbacks, callbacks)


@pytest.mark.usefixtures("clock")
def test_it_is_lost_after_so_many_waits_in_a_row() -> None:
    store = Trust()
    assert not store.is_in_doubt
    wait(store, SLOW - 1, callbacks=3)
    assert store.is_in_doubt
    assert not store.is_lost
    wait(store, 1, callbacks=3)
    assert store.is_lost


@pytest.mark.usefixtures("clock")
def test_one_quick_answer_ends_all_doubt() -> None:
    store = Trust()
    wait(store, SLOW - 1)
    store.waited(0.99 * WAIT, 1)
    assert not store.is_in_doubt
    wait(store, SLOW - 1)
    assert not store.is_lost


@pytest.mark.usefixtures("clock")
def test_a_relief_weighs_as_much_as_several_waits() -> None:
    store = Trust()
    for _ in range(SLOW // RELIEVED):
        assert not store.is_lost
        store.relieved()
    assert store.is_lost


def test_it_comes_back_with_caution(clock: Clock) -> None:
    store = Trust()
    wait(store, SLOW)
    clock.now += 2.9
    assert store.is_lost
    clock.now += 0.2
    assert not store.is_lost
    store.relieved()
    assert store.is_lost
