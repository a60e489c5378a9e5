"""Tasks of one thread share their round trips."""

from collections.abc import Callable, Iterator, Sequence
from threading import Thread

import pytest

from adapters.together import Task, Together, shared


class Server:
    """Answers each number with its square, and remembers what was asked at once."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.problem: Exception | None = None

    def squares(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        if self.problem is not None:
            raise self.problem
        return [number * number for number in numbers]

    def negatives(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append([-number for number in numbers])
        return [-number for number in numbers]


@pytest.fixture
def server() -> Server:
    return Server()


def asking(exchange: Callable[[Sequence[int]], list[int]], number: int, answers: list[object], times: int = 1) -> Task:
    """A task that asks so often, each time for what it got."""

    def task() -> None:
        found = number
        try:
            for _ in range(times):
                found = shared(exchange, found)
        except OSError as error:
            answers.append(error)
        else:
            answers.append(found)

    return task


def test_what_all_ask_for_goes_out_at_once_and_each_gets_its_own_answer(server: Server) -> None:
    answers: list[object] = []
    Together().run([asking(server.squares, number, answers) for number in (2, 3, 4)])
    assert server.asked == [[2, 3, 4]]
    assert answers == [4, 9, 16]


def test_who_asks_again_shares_with_those_who_do_too(server: Server) -> None:
    answers: list[object] = []
    Together().run([asking(server.squares, number, answers, times) for number, times in ((2, 2), (3, 1), (5, 2))])
    assert server.asked == [[2, 3, 5], [4, 25]]
    assert answers == [9, 16, 625]


def test_what_is_asked_of_different_exchanges_is_not_mixed(server: Server) -> None:
    answers: list[object] = []
    Together().run(
        [
            asking(server.squares, 2, answers),
            asking(server.negatives, 3, answers),
            asking(server.squares, 4, answers),
        ]
    )
    assert server.asked == [[2, 4], [-3]]
    assert answers == [4, 16, -3]


def test_a_failure_is_everybodys_and_the_next_are_not_harmed(server: Server) -> None:
    answers: list[object] = []
    together = Together()
    server.problem = OSError("away")
    together.run([asking(server.squares, number, answers) for number in (2, 3)])
    assert answers == [server.problem, server.problem]
    server.problem = None
    together.run([asking(server.squares, number, answers) for number in (2, 3)])
    assert answers[2:] == [4, 9]


def test_the_next_task_is_taken_when_the_one_before_is_put_aside(server: Server) -> None:
    told: list[object] = []

    def tasks() -> Iterator[Task]:
        for number in (2, 3):
            told.append(f"take {number}")
            yield asking(server.squares, number, told)

    Together().run(tasks())
    assert told == ["take 2", "take 3", 4, 9]


def test_before_each_round_trip_it_is_told_that_all_wait(server: Server) -> None:
    told: list[object] = []
    tasks = [asking(server.squares, 2, told, times=2), asking(server.squares, 3, told, times=0)]
    Together().run(tasks, lambda: told.append(f"waiting, after {len(server.asked)}"))
    assert told == [3, "waiting, after 0", "waiting, after 1", 16]


def test_who_is_alone_asks_alone(server: Server) -> None:
    assert shared(server.squares, 7) == 49
    assert server.asked == [[7]]


def test_another_thread_shares_nothing(server: Server) -> None:
    answers: list[object] = []

    def task() -> None:
        other = Thread(target=asking(server.squares, 5, answers))
        other.start()
        other.join()
        answers.append(shared(server.squares, 2))

    Together().run([task, asking(server.squares, 3, answers)])
    assert server.asked == [[5], [2, 3]]
    assert answers == [25, 4, 9]
