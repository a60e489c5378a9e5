"""Who waits is served in time, or turned away at once."""

from collections.abc import Iterator

import pytest

from webhook_edge import admission
from webhook_edge.admission import BURST, STANDING, Admission

PATIENCE = 0.005


class Queue:
    """A queue with a clock of the test's own."""

    def __init__(self, length: int = 100) -> None:
        self.now = 1_000.0
        self.admission: Admission[str] = Admission(length, PATIENCE, clock=lambda: self.now)

    def offer(self, items: str) -> str:
        """Who was shed for them."""
        return "".join(shed for item in items for shed in self.admission.offer(item))

    def take(self, number: int) -> list[tuple[str, bool]]:
        return [taken for _ in range(number) if (taken := self.admission.take()) is not None]


@pytest.fixture
def shed() -> Iterator[list[str]]:
    """The reasons for which requests were shed."""
    reasons: list[str] = []
    admission.observers.append(reasons.append)
    yield reasons
    admission.observers.remove(reasons.append)


def test_in_a_full_queue_whoever_has_waited_longest_makes_room_at_once(shed: list[str]) -> None:
    queue = Queue(length=2)

    assert queue.offer("abc") == "a"
    assert shed == ["full"]
    assert queue.take(2) == [("c", True), ("b", True)]
    assert queue.offer("d") == ""


def test_where_nobody_may_wait_everybody_is_shed(shed: list[str]) -> None:
    assert Queue(length=0).offer("ab") == "ab"
    assert shed == ["full", "full"]


def test_who_came_first_is_served_first_again_a_while_after_the_queue_was_full() -> None:
    queue = Queue(length=3)
    queue.offer("abcd")
    assert queue.take(1) == [("d", True)]

    queue.now += STANDING * 1.5

    assert queue.take(2) == [("b", False), ("c", True)]
    queue.offer("ef")
    assert queue.take(2) == [("e", True), ("f", True)]


def test_in_a_queue_that_stands_whoever_has_waited_too_long_makes_room_at_once(shed: list[str]) -> None:
    queue = Queue()
    queue.offer("ab")
    queue.now += STANDING * 2

    assert queue.offer("c") == "ab"
    assert shed == ["late", "late"]
    assert queue.take(1) == [("c", True)]


def test_a_burst_may_wait(shed: list[str]) -> None:
    queue = Queue()
    queue.offer("abc")

    queue.now += STANDING / 2

    assert queue.take(3) == [("a", True), ("b", True), ("c", True)]
    assert shed == []


def test_a_burst_may_not_wait_for_ever() -> None:
    queue = Queue()
    queue.offer("abc")

    queue.now += BURST + 1

    assert queue.take(2) == [("a", False), ("b", False)]


def test_in_a_queue_that_stands_only_who_has_hardly_waited_is_served(shed: list[str]) -> None:
    queue = Queue()
    queue.offer("ab")
    queue.now += STANDING * 2

    assert queue.offer("cdef") == "ab"
    queue.now += PATIENCE / 2
    assert queue.take(1) == [("c", True)]
    queue.now += PATIENCE
    assert queue.take(2) == [("d", False), ("e", False)]
    assert shed == ["late"] * 4


def test_who_waits_alone_is_served_however_late() -> None:
    queue = Queue()
    queue.offer("a")

    queue.now += 3_600

    assert queue.take(1) == [("a", True)]


def test_once_the_queue_was_empty_a_burst_may_wait_again() -> None:
    queue = Queue()
    queue.offer("ab")
    queue.now += STANDING * 2
    assert queue.take(2) == [("a", False), ("b", True)]

    queue.offer("cd")
    queue.now += STANDING / 2

    assert queue.take(2) == [("c", True), ("d", True)]


def test_who_has_waited_elsewhere_has_waited_all_the_same() -> None:
    queue, other = Queue(), Queue()
    queue.offer("ab")
    queue.now = other.now = queue.now + BURST + 1
    while (waiting := queue.admission.take_back()) is not None:
        since, item = waiting
        assert not other.admission.offer(item, since)

    assert other.take(2) == [("a", False), ("b", True)]
    assert queue.admission.take() is None
