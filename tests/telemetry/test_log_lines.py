"""Log lines in text."""

import logging
import re

import pytest

from adapters.logs import OneLineFormatter


def test_a_message_is_one_line_that_says_when_how_bad_and_from_whom() -> None:
    record = logging.LogRecord(
        "webhook_edge.app", logging.WARNING, "app.py", 1, "two\nlines\r\x1b[31m %s", ("\x85",), None
    )

    line = OneLineFormatter().format(record)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning webhook_edge\.app: two lines  \[31m  ", line)


def fail() -> None:
    try:
        int("secret")
    except ValueError as error:
        raise RuntimeError("secret") from error


def test_an_exception_is_told_by_its_kind_and_place_and_not_by_its_text() -> None:
    with pytest.raises(RuntimeError) as raised:
        fail()
    about = (raised.type, raised.value, raised.tb)

    line = OneLineFormatter().format(logging.LogRecord("gunicorn.error", logging.ERROR, "x.py", 1, "oh", (), about))

    assert "RuntimeError < test_log_lines.py:" in line
    assert "after ValueError < test_log_lines.py:" in line
    assert "secret" not in line
