import math
from contextvars import copy_context
from threading import Thread

from adapters.deadline import limited_to, remaining


def test_nothing_limits_by_default() -> None:
    assert remaining() is None


def test_inside_the_time_runs_down_and_outside_it_is_as_before() -> None:
    with limited_to(60):
        first = remaining()
        second = remaining()
        assert first is not None
        assert second is not None
        assert 0 < second <= first <= 60
    assert remaining() is None


def test_a_time_that_is_over_leaves_nothing() -> None:
    with limited_to(-1):
        assert remaining() == 0


def test_what_is_inside_cannot_have_more_time_than_what_is_outside() -> None:
    with limited_to(0), limited_to(60):
        assert remaining() == 0
    with limited_to(60), limited_to(0):
        assert remaining() == 0


def test_an_infinite_time_is_no_limit() -> None:
    with limited_to(math.inf):
        assert remaining() is None


def test_one_threads_limit_is_not_anothers() -> None:
    seen: list[float | None] = []
    with limited_to(60):
        thread = Thread(target=lambda: seen.append(remaining()))
        thread.start()
        thread.join()
        copy_context().run(lambda: seen.append(remaining()))
    assert seen[0] is None
    assert seen[1] is not None
