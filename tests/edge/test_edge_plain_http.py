"""Plain callbacks are read and answered as gunicorn would; whatever else comes is left to it."""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from edge.edge_client import settings
from webhook_edge.gunicorn_conf import options
from webhook_edge.plain_http import PlainHttp

CLIENT, SERVER = ("192.0.2.7", 40_123), ("127.0.0.1", 8_080)
MOST_FIELDS = 12
LINE = b"POST /infobip/callback HTTP/1.1\r\n"
WITHIN_GUNICORN = ("wsgi.file_wrapper", "gunicorn.socket", "wsgi.early_hints", "wsgi.errors", "wsgi.input")
"""What nobody behind asks for, and what is no value to compare."""

config = Config()
for name, setting in options(settings(edge_max_headers=MOST_FIELDS), "127.0.0.1:0", 2).items():
    config.set(name, setting)


class Socket:
    """What gunicorn writes to."""

    def __init__(self) -> None:
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.sent += data

    send = sendall


def empty(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b""]


def plain(application: Any = empty) -> PlainHttp:
    return PlainHttp(application, MOST_FIELDS, many_processes=True)


def as_plain(request: bytes) -> dict[str, Any] | None:
    return plain().environ(request, CLIENT, SERVER)


def by_gunicorn(request: bytes) -> tuple[dict[str, Any], bytes, Any]:
    """Environment and body by gunicorn, and what would answer. Raises where it refuses."""
    parser = RequestParser(config, iter((request,)), CLIENT)
    parsed = next(parser)
    response, environ = wsgi.create(parsed, Socket(), CLIENT, SERVER, config)
    body = environ["wsgi.input"].read()
    assert not parser.unreader.read()
    return environ, body, response


def comparable(environ: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in environ.items() if key not in WITHIN_GUNICORN}


def request(*fields: bytes, body: bytes = b"{}", line: bytes = LINE) -> bytes:
    return line + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


USUAL = (b"Host: edge.example.org", b"Content-Type: application/json", b"Content-Length: 2")


def check_same(raw: bytes) -> bool:
    """Whether a request is plain, and then gunicorn must read it alike."""
    mine = as_plain(raw)
    if mine is None:
        return False
    theirs, body, response = by_gunicorn(raw)
    assert mine["wsgi.input"].read() == body
    assert comparable(mine) == comparable(theirs) | {"wsgi.multithread": True}
    assert not response.req.should_close()
    return True


@pytest.mark.parametrize(
    "fields",
    [
        USUAL,
        (
            *USUAL,
            b"authorization:IBSSIGv1 a=b, c=d",
            b"X-Forwarded-For: 192.0.2.1, 192.0.2.2",
            b"traceparent: 00-1-2-01",
        ),
        (*USUAL, b"Connection: Keep-Alive", b"X-Empty:", b"X-Blank: \t ", b"X-Tab:\ta\tb\t", b"X-Colon: a:b"),
        (*USUAL, b"Script: x", b"Cookie: a=1", b"X-Script-Name: /a", b"Wsgi.input: x"),
    ],
)
def test_what_is_plain_is_read_as_gunicorn_reads_it(fields: tuple[bytes, ...]) -> None:
    assert check_same(request(*fields))


@pytest.mark.parametrize(
    "raw",
    [
        request(*USUAL, line=b"POST /infobip/callback HTTP/1.0\r\n"),
        request(*USUAL, line=b"POST /infobip/status HTTP/1.1\r\n"),
        request(*USUAL, line=b"POST /infobip/callback?a HTTP/1.1\r\n"),
        request(*USUAL, line=b"GET /infobip/callback HTTP/1.1\r\n"),
        request(*USUAL, line=b"\r\n" + LINE),
        request(line=LINE, body=b""),
        request(*USUAL, body=b"{} "),
        request(*USUAL, body=b"{"),
        request(b"Content-Length: 02"),
        request(b"Content-Length: +2"),
        request(b"Content-Length: 2, 2"),
        request(b"Content-Length: 2", b"content-length: 2"),
        request(b"Content-Length : 2"),
        request(b" Content-Length: 2"),
        request(b"Content_Length: 2"),
        request(*USUAL, b"X: a", b"x: b"),
        request(*USUAL, b"X: a", b" b"),
        request(*USUAL, b"X_Forwarded_For: 192.0.2.1"),
        request(*USUAL, b"no field"),
        request(*USUAL, b"field"),
        request(*USUAL, b": nameless"),
        request(*USUAL, b"X: caf\xe9"),
        request(*USUAL, b"X: \0"),
        request(*USUAL, b"X: a\rb"),
        request(*USUAL, b"X: a\nY: b"),
        request(*USUAL, b"X" * 65 + b": a"),
        request(*USUAL, b"X: " + b"a" * 8_000),
        request(*USUAL, b"Connection: close"),
        request(*USUAL, b"Connection: keep-alive, x"),
        request(*USUAL, b"Transfer-Encoding: chunked"),
        request(*USUAL, b"Expect: 100-continue"),
        request(*USUAL, b"Upgrade: websocket"),
        request(*USUAL, b"Script-Name: /infobip"),
        request(*USUAL, *(b"X-%d: a" % number for number in range(MOST_FIELDS))),
    ],
)
def test_what_could_be_read_in_another_way_is_left_to_gunicorn(raw: bytes) -> None:
    assert as_plain(raw) is None


TOKENS = st.text("abcXYZ019-_!~ \t:é", max_size=6)
FIELDS = st.one_of(
    st.sampled_from([b"Host: a", b"host: b", b"Content-Length: 2", b"content-length:3", b"Connection: keep-alive"]),
    st.sampled_from([b"Connection: close", b"Expect: x", b"Transfer-Encoding: chunked", b"Content-Type: text/plain"]),
    st.builds(lambda name, value: f"{name}:{value}".encode("latin-1"), TOKENS, TOKENS),
    st.binary(max_size=8),
)


@hypothesis_settings(max_examples=500)
@given(
    fields=st.lists(FIELDS, max_size=MOST_FIELDS + 2),
    body=st.binary(max_size=4),
    line=st.sampled_from([LINE, LINE, LINE, b"POST /infobip/callback HTTP/1.2\r\n", LINE + b"\r\n", b""]),
)
@example(fields=[b"Content-Length: 2", b"\r\nHost: a"], body=b"{}", line=LINE)
def test_nothing_passes_for_plain_that_gunicorn_refuses_or_reads_otherwise(
    fields: list[bytes], body: bytes, line: bytes
) -> None:
    check_same(request(*fields, b"Content-Length: %d" % len(body), body=body, line=line))
    check_same(request(*fields, body=body, line=line))


def test_names_that_somebody_invents_do_not_fill_the_memory() -> None:
    http = plain()
    for number in range(2_000):
        assert http.environ(request(*USUAL, b"X-%d: a" % number), CLIENT, SERVER)
    assert len(http._keys) <= 256


def answering(status: str, headers: list[tuple[str, str]], *parts: bytes) -> Any:
    def application(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(status, headers)
        return parts

    return application


def told(answer: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status line, fields but for the date, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    split = [field.split(": ", 1) for field in fields]
    assert len(split) == len({name.lower() for name, _ in split}), "a field comes twice"
    found = {name.lower(): value for name, value in split}
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", found.pop("date"))
    return line, found, body


@pytest.mark.parametrize(
    "application",
    [
        answering("200 OK", [("Content-Type", "application/json"), ("content-length", "2")], b"{}"),
        answering("403 Forbidden", [("X-Reason", "é"), ("Content-Length", "4")], b"{}", b"{}"),
        answering("503 Service Unavailable", [("Retry-After", "1"), ("Content-Length", "0")]),
    ],
)
@pytest.mark.parametrize("closing", [False, True])
def test_it_is_answered_as_gunicorn_answers(application: Any, closing: bool) -> None:  # noqa: FBT001
    http = plain(application)
    environ = as_plain(request(*USUAL))
    assert environ is not None
    mine = http.answer(environ, closing=closing)

    environ, _, response = by_gunicorn(request(*USUAL))
    if closing:
        response.force_close()
    for part in application(environ, response.start_response):
        response.write(part)
    response.close()
    assert told(mine) == told(response.sock.sent)


def echo(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Answers as its environment says."""
    start_response(environ["status"], [("X-A", environ["field"])])
    return [environ["body"]]


def test_no_answer_has_the_head_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    http, clock = plain(echo), [1_800_000_000.0]
    monkeypatch.setattr("webhook_edge.plain_http.time.time", lambda: clock[0])
    answers = [
        {"status": status, "field": field, "body": body}
        for status in ("200 OK", "503 Service Unavailable")
        for field in ("a", "b")
        for body in (b"{}", b"{ }")
    ]
    for seconds in (0.0, 0.9, 1.0, 0.0):
        clock[0] = 1_800_000_000 + seconds
        for each in answers * 2:
            line, fields, body = told(whole := http.answer(each, closing=False))
            assert line == "HTTP/1.1 " + str(each["status"])
            assert body == each["body"]
            assert fields.pop("server")
            assert fields == {"x-a": each["field"], "connection": "keep-alive", "content-length": str(len(body))}
            assert b"Date: Fri, 15 Jan 2027 08:00:0%d GMT\r\n" % seconds in whole
            assert b"\r\nConnection: close\r\n" in http.answer(each, closing=True)


def test_heads_that_differ_each_time_do_not_fill_the_memory() -> None:
    http = plain(echo)
    for number in range(2_000):
        answer = http.answer({"status": "200 OK", "field": str(number), "body": b"{}"}, closing=False)
        assert told(answer)[1]["x-a"] == str(number)
    assert len(http._heads) <= 256


def test_an_answer_whose_length_nobody_tells_has_one_all_the_same() -> None:
    answer = plain(answering("200 OK", [], b"a", b"bc")).answer({}, closing=False)
    assert told(answer)[1]["content-length"] == "3"
    assert told(answer)[2] == b"abc"


@pytest.mark.parametrize("header", [("X", "a\r\nY: b"), ("X", "a\nb"), ("X\r\n", "a")])
def test_no_answer_is_split_by_what_a_field_says(header: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="more than one line"):
        plain(answering("200 OK", [header], b"{}")).answer({}, closing=False)


def test_what_an_application_holds_is_given_back() -> None:
    class Held(BytesIO):
        """A body that is closed."""

    held = Held(b"abc")

    def application(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return held

    assert told(plain(application).answer({}, closing=False))[2] == b"abc"
    assert held.closed
