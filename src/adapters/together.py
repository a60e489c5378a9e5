"""Round trips that several tasks of one thread share.

Each task runs until it asks for something through ``shared``, or to its end. What all of them ask for
then goes out at once, and each goes on with its own answer. So many tasks cost one round trip instead
of one each, and nothing is handed from thread to thread; the code of a task does not show it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Task = Callable[[], None]

Exchange = Callable[[Sequence[Asked]], Sequence[Answer]]
"""One round trip: what was asked for, to the answers in the same order. What it raises, every task gets."""


def _nothing() -> None:
    """Do it."""


class _Runner(greenlet):  # type: ignore[misc]  # greenlet has no types
    """Runs one task after the other, and can be put aside in the midst of one."""

    exchange: Any = None
    asked: Any = None

    def run(self, task: Task) -> None:
        while True:
            task()
            task = self.parent.switch()

    def ask(self, exchange: Exchange[Any, Any], asked: Any) -> Any:
        """Be put aside until there is an answer."""
        self.exchange, self.asked = exchange, asked
        try:
            return self.parent.switch()
        finally:
            self.exchange = self.asked = None


def shared(exchange: Exchange[Asked, Answer], asked: Asked) -> Answer:
    """The answer to what is asked for, together with what others ask of the same exchange, if there are any.

    Whoever holds a lock must not call this: another task of the same thread may want it.
    """
    runner = getcurrent()
    if not isinstance(runner, _Runner):
        return exchange((asked,))[0]
    answer: Answer = runner.ask(exchange, asked)
    return answer


class Together:
    """Runs tasks of one thread, the one that calls it first."""

    def __init__(self) -> None:
        """Run nothing yet."""
        # To begin and end a greenlet takes twenty times as long as to switch to it.
        self._idle: list[_Runner] = []

    def run(self, tasks: Iterable[Task], before_waiting: Task = _nothing) -> None:
        """Run tasks, none of which may raise, to their ends. The next is taken when one is done or put aside.

        ``before_waiting`` is called before each round trip that they are put aside for.
        """
        waiting: list[_Runner] = []
        for task in tasks:
            runner = self._idle.pop() if self._idle else _Runner()
            runner.switch(task)
            (waiting if runner.exchange else self._idle).append(runner)
        while waiting:
            exchange: Exchange[Any, Any] = waiting[0].exchange
            asking = [runner for runner in waiting if runner.exchange == exchange]
            waiting = [runner for runner in waiting if runner.exchange != exchange]
            before_waiting()
            _answer(exchange, asking)
            for runner in asking:
                (waiting if runner.exchange else self._idle).append(runner)


def _answer(exchange: Exchange[Any, Any], asking: Sequence[_Runner]) -> None:
    """Make the one exchange that all of these ask for, and have each go on."""
    try:
        answers = exchange([runner.asked for runner in asking])
    except Exception as error:  # noqa: BLE001 whatever it is, it is the tasks' own
        for runner in asking:
            runner.throw(error)
        return
    for runner, answer in zip(asking, answers, strict=True):
        runner.switch(answer)
