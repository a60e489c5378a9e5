"""Correlation ids, and the lines that carry them."""

import json
import logging
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from adapters.logs import JsonFormatter, OneLineFormatter
from adapters.telemetry import correlation
from support.world import real


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    yield
    correlation.end()


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("masking", logging.WARNING, "x.py", 1, message, arguments, None)


@pytest.mark.parametrize(
    "given",
    [
        "0b2f3a52-5a1e-4e4a-9c0c-1234567890ab",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "6ag710o6ihb23q06epc23n46ihd0nilcibb0nq9ccbq6mmsdgbp4nghefjs67vgo7200",
        "order-4711",
        "ride:yo.rk_12",
        "a" * 128,
    ],
)
def test_an_id_that_says_nothing_of_anybody_is_repeated(given: str) -> None:
    assert str(correlation.begin(given)) == given


@pytest.mark.parametrize(
    "given",
    [
        real(1),
        real(1)[1:],
        f"call-from-{real(1)[1:]}",
        "4-4-7-7-0-0-9-0-0-1-2-3",
        "44770090012300000000000000000000",
        "two\nlines",
        "a b",
        "naïve",
        "a" * 129,
        "",
    ],
)
def test_what_could_be_a_number_or_any_text_is_not_repeated(given: str) -> None:
    shown = str(correlation.begin(given))
    assert len(shown) == 16
    assert not given or given not in shown
    assert str(correlation.current()) == shown


def test_every_line_says_whose_webhook_or_rpc_it_was() -> None:
    correlation.begin("order-4711")
    assert OneLineFormatter().format(record("hello")).endswith("warning masking: hello correlation_id=order-4711")
    assert json.loads(JsonFormatter().format(record("hello")))["correlation_id"] == "order-4711"
    correlation.end()
    assert "correlation" not in OneLineFormatter().format(record("hello"))
    assert "correlation_id" not in json.loads(JsonFormatter().format(record("hello")))


def test_an_id_that_becomes_known_later_stands_from_then_on() -> None:
    under_way = correlation.begin()
    first = str(under_way)
    under_way.take("order-4711")
    assert str(correlation.current()) == "order-4711" != first


def test_what_another_thread_is_at_work_for_is_its_own() -> None:
    correlation.begin("mine")
    copy_context().run(correlation.begin, "another-s")
    assert str(correlation.current()) == "mine"


def test_a_line_of_json_is_one_line_with_everything_in_it() -> None:
    line = JsonFormatter().format(record("two\nlines of \udc80 %s", "\x1b[31m"))
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == "two\nlines of ? \x1b[31m"
    assert (told["level"], told["logger"]) == ("warning", "masking")
    assert set(told) == {"time", "level", "logger", "message"}


def test_an_exception_in_json_is_told_by_its_kind_and_place_and_not_by_its_text() -> None:
    with pytest.raises(ValueError, match="secret") as raised:
        int("secret")
    about = (raised.type, raised.value, raised.tb)
    line = JsonFormatter().format(logging.LogRecord("masking", logging.ERROR, "x.py", 1, "oh", (), about))
    assert json.loads(line)["error"].startswith("ValueError < test_correlation.py:")
    assert "secret" not in line
