"""A flood of refused webhooks fills no disk: the log hears of the first of each kind, and then how many there were."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from edge.edge_client import Edge, callback_body
from support.world import real, virtual
from webhook_edge import refusal_log
from webhook_edge.refusal_log import RefusalLog

CALLBACK, STATUS = "/infobip/callback", "/infobip/status"
FLOOD = 400
SUM_UP = "more were refused"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self._due: list[Callable[[], None]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        assert seconds >= 1
        self._due.append(call)

    def passes(self) -> None:
        due, self._due = self._due, []
        for call in due:
            call()

    @property
    def is_idle(self) -> bool:
        return not self._due


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edge(clock: Clock) -> Edge:
    return Edge(RefusalLog(clock.later))


def forge(edge: Edge, path: str, index: int) -> int:
    body = callback_body(real(index % 1_000), virtual(0), f"call-{index}")
    return int(edge.post(path, body, {"Authorization": f"nobody-{index}:{index:064}"}).status_code)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    told = [record.getMessage() for record in caplog.records if record.name == refusal_log.__name__]
    caplog.clear()
    return told


def test_a_flood_of_one_kind_is_a_line_at_once_and_a_line_now_and_then(
    edge: Edge, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda index: forge(edge, CALLBACK, index), range(FLOOD))) == {401}
    first = f"{CALLBACK} answers 401: SIGNATURE_REFUSED: the signature does not verify"
    assert lines(caplog) == [first]
    clock.passes()
    assert lines(caplog) == [f"{FLOOD - 1} {SUM_UP} at {CALLBACK} with 401: SIGNATURE_REFUSED"]
    for index in range(3):
        forge(edge, CALLBACK, index)
    assert lines(caplog) == []
    clock.passes()
    assert lines(caplog) == [f"3 {SUM_UP} at {CALLBACK} with 401: SIGNATURE_REFUSED"]
    clock.passes()
    assert (lines(caplog), clock.is_idle) == ([], True)
    forge(edge, CALLBACK, 0)
    assert lines(caplog) == [first]


def test_in_a_flood_of_one_kind_the_first_of_every_other_kind_is_told_at_once(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    for index in range(FLOOD):
        forge(edge, CALLBACK, index)
    lines(caplog)
    for _ in range(2):
        forge(edge, STATUS, 0)
        edge.callback(b'{"to":7}')
        edge.callback(b"no JSON")
        edge.status(b"no JSON")
    told = lines(caplog)
    assert [line.rpartition(":")[0] for line in told] == [
        f"{STATUS} answers 401: SIGNATURE_REFUSED",
        f"{CALLBACK} answers 400: MALFORMED",
        f"{STATUS} answers 400: MALFORMED",
    ]


def test_no_refusal_is_lost_or_told_twice_whatever_is_summed_up_meanwhile(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = RefusalLog(clock.later)
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(4) as threads:
        flood = [threads.submit(refusals.tell, CALLBACK, 401, "SIGNATURE_REFUSED", "no") for _ in range(FLOOD)]
        while not all(each.done() for each in flood):
            clock.passes()
    clock.passes()
    told = lines(caplog)
    assert sum(int(line.split()[0]) if SUM_UP in line else 1 for line in told) == FLOOD


def test_what_is_left_for_later_is_done_by_a_thread_that_holds_nobody_up() -> None:
    done = Event()
    refusal_log.in_a_thread(0, done.set)
    assert done.wait(60)
