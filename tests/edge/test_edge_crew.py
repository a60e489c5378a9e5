"""The leader answers callbacks, and nobody waits for one that is held up."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread, get_native_id
from typing import Any

import pytest

from edge.edge_process import PATIENCE, eventually
from webhook_edge import answers, crew, relief, trust
from webhook_edge.admission import Admission
from webhook_edge.crew import Crew
from webhook_edge.scheduling import is_blocked, starved

THREADS, QUEUE = 3, 5


class Request:
    """Stands for a connection; it is answered at once, or when its gate is opened."""

    def __init__(self, name: str, *, callback: bool = True, open_: bool = True, notes: int = 0) -> None:
        self.name = name
        self.notes = notes
        self.callback = callback
        self.gate = Event()
        if open_:
            self.gate.set()


class Post:
    """A worker without a network: what arrives is put in, what is finished can be looked at."""

    def __init__(self) -> None:
        self.alive = True
        self.crew: Crew = Crew(self, THREADS, partial(Admission, QUEUE, 10.0), self)
        self.arriving: SimpleQueue[list[Request] | tuple[Callable[..., None], Any]] = SimpleQueue()
        self.begun: list[str] = []
        self.sent: list[str] = []
        self.finished: list[str] = []
        self.turned_away: list[str] = []
        self.broken = False
        self.to_record = 0
        self.is_recording = False
        self.recorded_after: list[list[str]] = []
        self.recording_gate = Event()
        self.recording_gate.set()

    def is_waiting(self) -> bool:
        return self.to_record > 0 and not self.is_recording

    def record_a_few(self) -> None:
        """What the leader does in a spare moment, once the gate is open."""
        self.to_record -= 1
        self.is_recording = True
        self.recorded_after.append(list(self.finished))
        assert self.recording_gate.wait(PATIENCE)
        self.is_recording = False

    def watch(self) -> None:
        """What the main thread does."""
        while self.alive:
            self.crew.watch(1.0)

    def turn(self, seconds: float) -> None:
        """Take all that has arrived, as one look at many connections does."""
        if self.broken:
            raise ValueError("broken")
        try:
            arrived = self.arriving.get(timeout=seconds) if seconds else self.arriving.get_nowait()
        except Empty:
            return
        if isinstance(arrived, list):
            for request in arrived:
                shed: Any = self.crew.admit(request, is_callback=request.callback)  # type: ignore[arg-type]
                self.turned_away.extend(each.name for each in shed)
        else:
            do, given = arrived
            do(*given)

    def answer(self, request: Any, *, in_time: bool) -> bool:
        if not in_time:
            self.turned_away.append(request.name)
            return False
        self.begun.append(request.name)
        assert request.gate.wait(PATIENCE)
        self.to_record += request.notes
        return True

    def send(self, request: Any) -> None:
        self.sent.append(request.name)

    def finish(self, request: Any, goes_on: bool) -> None:  # noqa: FBT001 as the crew calls it
        if goes_on:
            self.finished.append(request.name)

    def have_leader(self, do: Callable[..., None], *given: Any) -> None:
        self.arriving.put((do, given))


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    post.crew.start()
    main = Thread(target=post.watch)
    main.start()
    yield post
    post.alive = False
    post.crew.relief.stir()
    main.join()
    post.crew.take_over()
    post.crew.shutdown(wait=True)


def test_one_thread_answers_all_that_comes_at_once(post: Post) -> None:
    post.arriving.put([Request("a"), Request("b"), Request("c")])
    eventually(lambda: post.finished == ["a", "b", "c"], "all are answered")
    post.arriving.put([Request("d")])
    eventually(lambda: post.finished == ["a", "b", "c", "d"], "the next is answered")


def test_a_callback_that_is_held_up_holds_up_nobody(post: Post) -> None:
    held = Request("held", open_=False)
    post.arriving.put([held, Request("behind")])
    eventually(lambda: post.finished == ["behind"], "who came with it is answered")
    post.arriving.put([Request("later")])
    eventually(lambda: post.finished == ["behind", "later"], "who comes later is answered")
    held.gate.set()
    eventually(lambda: post.finished == ["behind", "later", "held"], "it is answered itself")


def test_who_was_answered_before_one_that_is_held_up_is_sent_the_answer_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "_FOR_AS_LONG", PATIENCE)
    held = Request("held", open_=False)
    post.arriving.put([Request("before"), held, Request("behind")])
    eventually(lambda: post.finished == ["behind"], "the leader is relieved")
    assert post.sent == ["before", "behind"]
    held.gate.set()
    eventually(lambda: post.finished == ["behind", "before", "held"], "it is answered itself")
    assert post.sent == ["before", "behind", "held"]


def test_an_answer_that_is_late_waits_for_nothing_that_the_next_one_waits_for(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "_FOR_AS_LONG", PATIENCE)
    monkeypatch.setattr(relief, "_HELD_UP", PATIENCE)
    monkeypatch.setattr(answers, "_LATE", 0.0)
    held = Request("held", open_=False)
    post.arriving.put([Request("before"), held])
    eventually(lambda: post.begun == ["before", "held"], "it is held up")
    assert post.sent == ["before"]
    held.gate.set()
    eventually(lambda: post.finished == ["before", "held"], "all are answered")


def test_what_was_answered_is_sent_when_the_worker_ends(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_FOR_AS_LONG", PATIENCE)
    monkeypatch.setattr(relief, "_HELD_UP", PATIENCE)
    monkeypatch.setattr(answers, "_LATE", PATIENCE)
    held = Request("held", open_=False)
    post.arriving.put([Request("before"), held])
    eventually(lambda: post.begun == ["before", "held"], "it is held up")
    post.alive = False
    post.crew.take_over()
    assert post.sent == ["before"]
    held.gate.set()
    eventually(lambda: post.sent == ["before", "held"], "it is answered itself")


def test_what_may_write_never_holds_up_the_leader(post: Post) -> None:
    reports = [Request(f"report-{number}", callback=False, open_=False) for number in range(THREADS - 1)]
    post.arriving.put([*reports, Request("call")])
    eventually(lambda: post.finished == ["call"], "the callback is answered")
    for report in reports:
        report.gate.set()
    eventually(lambda: len(post.finished) == THREADS, "the reports are answered")


def test_when_every_thread_is_held_up_as_many_wait_as_may_and_who_has_waited_longest_is_turned_away(post: Post) -> None:
    held = [Request(f"held-{number}", open_=False) for number in range(THREADS)]
    for number, request in enumerate(held, 1):
        post.arriving.put([request])
        eventually(lambda number=number: len(post.begun) == number, "one more is held up")  # type: ignore[misc]
    waiting = [Request(f"waiting-{number}") for number in range(QUEUE)]
    for request in waiting:
        post.arriving.put([request])
    post.arriving.put([Request("one too many")])
    eventually(lambda: post.turned_away == ["waiting-0"], "one is turned away")
    assert post.finished == []
    for request in held:
        request.gate.set()
    eventually(lambda: len(post.finished) == THREADS + QUEUE, "all others are answered")


def wait_a_little_each(post: Post, times: int) -> None:
    """Answer requests one after the other, each of which waits for longer than a leader may."""
    for number in range(times):
        request = Request(f"waiting-{number}", open_=False)
        post.arriving.put([request])
        eventually(lambda number=number: len(post.begun) == number + 1, "it is begun")  # type: ignore[misc]
        time.sleep(2 * trust.WAIT)
        request.gate.set()
        eventually(lambda number=number: len(post.finished) == number + 1, "it is answered")  # type: ignore[misc]


def test_a_store_that_has_every_answer_wait_is_slow(post: Post) -> None:
    wait_a_little_each(post, trust.SLOW)
    assert post.crew._trust.trusted_from > 0


def test_who_waits_for_a_processor_does_not_wait_for_the_store(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relief, "_HELD_UP", PATIENCE)
    monkeypatch.setattr(crew, "starved", lambda thread: time.monotonic() if thread else 0.0)
    wait_a_little_each(post, 2 * trust.SLOW)
    assert post.crew._trust.trusted_from == 0


def test_a_store_that_was_slow_is_trusted_again(post: Post) -> None:
    for number in range(2 * THREADS):
        held = Request(f"held-{number}", open_=False)
        post.arriving.put([held, Request(f"behind-{number}")])
        eventually(lambda number=number: f"behind-{number}" in post.finished, "who came with it")  # type: ignore[misc]
        held.gate.set()
        eventually(lambda number=number: f"held-{number}" in post.finished, "it is answered")  # type: ignore[misc]
    post.arriving.put([Request("a"), Request("b")])
    eventually(lambda: {"a", "b"} <= set(post.finished), "who comes then")


def test_nobody_looks_while_nothing_happens_and_somebody_does_as_soon_as_it_does(post: Post) -> None:
    eventually(lambda: not post.crew.relief.looks, "nobody looks any more")
    held = Request("held", open_=False)
    post.arriving.put([held, Request("behind")])
    eventually(lambda: post.finished == ["behind"], "the leader is relieved")
    held.gate.set()


def test_what_is_to_be_recorded_is_recorded_while_nobody_waits_until_nothing_is_left(post: Post) -> None:
    post.arriving.put([Request("a", notes=3)])
    eventually(lambda: post.recorded_after == [["a"]] * 3, "all is recorded")
    assert not post.to_record


def test_who_comes_during_a_spare_moment_is_answered_before_the_next(post: Post) -> None:
    post.recording_gate.clear()
    post.arriving.put([Request("a", notes=2)])
    eventually(lambda: post.recorded_after == [["a"]], "some is being recorded")
    post.arriving.put([Request("b")])
    post.recording_gate.set()
    eventually(lambda: len(post.recorded_after) > 1, "the rest is recorded")
    assert post.recorded_after == [["a"], ["a", "b"]]


def test_who_is_held_up_in_a_spare_moment_holds_up_nobody(post: Post) -> None:
    post.recording_gate.clear()
    post.arriving.put([Request("a", notes=10)])
    eventually(lambda: bool(post.recorded_after), "it is begun")
    post.arriving.put([Request("b"), Request("c")])
    eventually(lambda: post.finished == ["a", "b", "c"], "who comes then is answered")
    post.recording_gate.set()
    eventually(lambda: post.crew._resting.count(True) == THREADS, "no more than one leads on")
    post.arriving.put([Request("d")])
    eventually(lambda: post.finished == ["a", "b", "c", "d"], "and who comes later")


def test_what_breaks_the_leader_ends_the_worker() -> None:
    post = Post()
    post.broken = True
    post.crew.start()
    with pytest.raises(ValueError, match="broken"):
        post.crew.watch(PATIENCE)
    post.crew.shutdown(wait=False)


def test_who_waits_is_blocked_and_who_computes_is_not() -> None:
    stop, ids, last = Event(), SimpleQueue[int](), Event()

    def compute() -> None:
        ids.put(get_native_id())
        while not stop.is_set():
            sum(range(1_000))

    def wait() -> None:
        ids.put(get_native_id())
        last.wait(PATIENCE)

    threads = [Thread(target=compute), Thread(target=wait)]
    try:
        for thread in threads:
            thread.start()
        numbers = [ids.get(timeout=PATIENCE) for _ in threads]
        eventually(lambda: sorted(map(is_blocked, numbers)) == [False, True], "one waits")
    finally:
        stop.set()
        last.set()
    assert is_blocked(0)


def test_the_system_tells_how_long_a_thread_had_no_processor() -> None:
    thread = get_native_id()
    before = starved(thread)
    assert 0 <= before <= starved(thread)
    assert starved(2**30) == 0.0
