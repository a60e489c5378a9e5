"""The threads of a worker, of which one leads: it has the connections, and answers callbacks by itself.

To hand a callback to another thread and its answer back takes longer than to answer it, while the store
is quick. So whoever leads reads all that has come, answers the callbacks among it, whose look-ups go to
the store together, and reads again. It is relieved when something holds it up: another thread leads on,
with all that it has not begun. Once the store was slow, every callback is handed to a thread of its own
for a while, so that none waits for another's look-up. So is always whatever else comes, for it may write.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Final

from adapters.together import Task, Together
from webhook_edge.admission import Admission
from webhook_edge.answers import Answers
from webhook_edge.connection import Connection
from webhook_edge.lead import Lead
from webhook_edge.post import Post, Recording
from webhook_edge.relief import Relief
from webhook_edge.scheduling import starved
from webhook_edge.trust import Trust

_AT_ONCE: Final = 16
"""Callbacks that are answered together at most."""

_FOR_AS_LONG: Final = 0.001
"""Seconds after which none is begun before what has come meanwhile is read: who comes then waits no longer for that."""

_WHEN_FULL: Final = 0.00025
"""The same while some are turned away: the latest are answered first, and are to be the latest indeed."""

_GLANCE: Final = 0.01
"""Seconds between two attempts to take over."""


class Crew:
    """Threads that answer requests, and the lead among them."""

    def __init__(
        self,
        post: Post,
        threads: int,
        admission: Callable[[], Admission[Connection]],
        recording: Recording | None = None,
    ) -> None:
        """Take where they work, how many answer beside the one who leads, and what that one does in spare moments."""
        self._post = post
        self._recording = recording
        self._lead = Lead()
        self._callbacks, self._others = admission(), admission()
        self._bell: SimpleQueue[None] = SimpleQueue()
        """Rings for each of the others that waits, and for whoever is to claim the lead or to end."""
        self._resting = [False] * (threads + 1)
        self.relief = Relief(self._lead, lambda: self._bell.put(None))
        self._trust = Trust()
        self._answers = Answers(post.send)
        self._broken: BaseException | None = None
        self._ended = False
        self._main = object()

    def start(self) -> None:
        """Have the threads work, and one of them lead."""
        for number in range(len(self._resting)):
            Thread(target=self._work, args=(number,), name=f"edge-{number}", daemon=True).start()
        self._bell.put(None)

    def admit(self, connection: Connection, *, is_callback: bool) -> Sequence[Connection]:
        """Have a whole request answered; who must be turned away for it. The leader alone calls this."""
        return self._callbacks.offer(connection) if is_callback else self._offer_to_others(connection)

    def watch(self, seconds: float) -> None:
        """Relieve, for so long or until the worker ends, each leader that is held up. The main thread does this.

        Raises what has broken a leader.
        """
        end = time.monotonic() + seconds
        while self._post.alive and (left := end - time.monotonic()) > 0:
            if self._broken is not None:
                raise self._broken
            self.relief.look(left)

    def take_over(self) -> None:
        """Lead from now on, when the worker ends: the main thread, which answers nothing itself."""
        while not self._lead.claim(self._main):
            self._post.have_leader(_nothing)  # it wakes up, and finds that the worker ends
            time.sleep(_GLANCE)
            self._lead.take_away(0)
        self._answers.send()

    def hand_over(self) -> None:
        """Give the callbacks that wait to threads of their own. Whoever leads calls this."""
        while (waiting := self._callbacks.take_back()) is not None:
            since, connection = waiting
            for shed in self._offer_to_others(connection, since):
                self._post.finish(shed, self._post.answer(shed, in_time=False))

    def shutdown(self, *, wait: bool) -> None:
        """Have the threads end once nothing waits; see ``Executor.shutdown``."""
        del wait
        self._ended = True
        for _ in self._resting:
            self._bell.put(None)

    def _offer_to_others(self, connection: Connection, since: float | None = None) -> Sequence[Connection]:
        shed = self._others.offer(connection, since)
        self._bell.put(None)
        return shed

    def _work(self, number: int) -> None:
        """What each thread does: answer one request after the other, or lead."""
        me = Together()
        while True:
            self._resting[number] = True
            self._bell.get()
            self._resting[number] = False
            taken = self._others.take()
            if taken is not None:
                connection, in_time = taken
                goes_on = self._post.answer(connection, in_time=in_time)
                self._post.send(connection)
                self._post.have_leader(self._post.finish, connection, goes_on)
            elif self._ended:
                return
            elif self._lead.claim(me):
                self._take_the_lead(me)

    def _take_the_lead(self, me: Together) -> None:
        self._answers.send()  # what the one before had answered when it was held up
        try:
            while self._serve(me) and self._rest(me):
                pass
        except BaseException as error:  # noqa: BLE001 the worker ends for it
            self._broken = error
            self._answers.send()
            self._lead.leave(me)
            self.relief.stir()

    def _serve(self, me: Together) -> bool:
        """Answer the callbacks that wait; whether ``me`` leads on."""
        while len(self._callbacks):
            if self._trust.is_lost or not self._can_be_relieved():
                self.hand_over()
                break
            if not self._answer_some(me):
                return False
            if len(self._callbacks):
                self._post.turn(0.0)
        if self._post.alive:
            return True
        self._lead.leave(me)
        return False

    def _rest(self, me: Together) -> bool:
        """Wait until something comes, and do meanwhile what nobody waits for; whether ``me`` leads on."""
        while self._recording is not None and self._can_be_relieved() and self._recording.is_waiting():
            self._post.turn(0.0)
            if len(self._callbacks):
                return True
            self.relief.begin()
            self._recording.record_a_few()
            if not self._lead.end_answering(me):
                return False
        self._post.turn(1.0)
        return True

    def _can_be_relieved(self) -> bool:
        """Whether there is a thread that could lead on, with nothing else to do."""
        return self._post.alive and self._resting.count(True) > len(self._others)

    def _answer_some(self, me: Together) -> bool:
        """Answer some callbacks together; whether ``me`` leads still."""
        # One that was relieved leads again where nobody else has taken it up since.
        answers = self._answers = Answers(self._post.send)
        self.relief.begin()
        # Whether it is a processor that is waited for is asked once there is a suspicion: to ask takes a while.
        suspected = self._trust.is_in_doubt
        before = starved(self.relief.leader) if suspected else 0.0
        began, computed = time.monotonic(), time.thread_time()
        me.run(self._next(me, answers), answers.send)
        waited = (time.monotonic() - began) - (time.thread_time() - computed)
        waited -= starved(self.relief.leader) - before if suspected else 0.0
        leads = self._lead.end_answering(me)
        if leads:
            self._trust.waited(waited, len(answers.done))
        else:
            self._trust.relieved()
        answers.send()
        for connection, goes_on in answers.done:
            if leads:
                self._post.finish(connection, goes_on)
            else:
                self._post.have_leader(self._post.finish, connection, goes_on)
        return leads

    def _next(self, me: Together, answers: Answers) -> Iterator[Task]:
        """The callbacks that are answered together, each taken when it can be begun."""
        end = time.monotonic() + (_WHEN_FULL if self._callbacks.is_full else _FOR_AS_LONG)
        for _ in range(_AT_ONCE):
            taken = self._callbacks.take() if self._lead.is_with(me) else None
            if taken is None:
                return
            yield partial(self._answer_one, me, taken, answers)
            if time.monotonic() > end:
                return

    def _answer_one(self, me: Together, taken: tuple[Connection, bool], answers: Answers) -> None:
        connection, in_time = taken
        answers.add(connection, goes_on=self._post.answer(connection, in_time=in_time))
        # One behind may wait for more than a look-up, where nobody is told: in a pool with limits, or with PINs.
        if answers.are_late() or not self._lead.is_with(me):
            answers.send()


def _nothing() -> None:
    """Wakes whoever must do it."""
