"""What the edge refuses: with one line that says why, with nothing kept, and with nothing of it in the log."""

import io
import json
import logging
from collections.abc import Iterator
from itertools import count
from typing import Any

import falcon
import pytest
from falcon.testing import StartResponseMock, create_environ
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.logs import OneLineFormatter
from edge.edge_client import CALLBACK_URL, CREDENTIAL, STATUS_URL, Edge, callback_body
from edge.edge_client import settings as edge_settings
from masking_core.signature import Credential, sign
from support.world import real, virtual

MAX_BODY = edge_settings().edge_max_body
BODY = callback_body(real(1), virtual(0))
REPORT = json.dumps({"from": real(1)[1:], "clientReferenceId": "some-session.some-call"}).encode()
GENUINE = sign(CALLBACK_URL, BODY, CREDENTIAL)
FORGED = [
    None,
    "",
    ":",
    CREDENTIAL.api_id,
    GENUINE[:-1],
    GENUINE[:-64],
    GENUINE + "0",
    GENUINE.upper(),
    GENUINE.replace(":", " "),
    f"Basic {GENUINE}",
    f"{GENUINE},{GENUINE}",
    "made-up-id:" + "é" * 64,
    "unknown-id:" + GENUINE.partition(":")[2],
    sign(STATUS_URL, BODY, CREDENTIAL),
    sign(CALLBACK_URL, BODY + b" ", CREDENTIAL),
    sign(CALLBACK_URL, BODY, Credential("made-up-id", "another-key")),
    "x" * 8_000,
]


class Log:
    """Every record, in the lines that are written."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def text(self) -> str:
        return "\n".join(OneLineFormatter().format(record) for record in self._caplog.records)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    with caplog.at_level(logging.DEBUG):
        yield Log(caplog)


@pytest.fixture(scope="module")
def edge() -> Edge:
    edge = Edge()
    edge.world.pool()
    edge.world.open(1, 2)
    return edge


def is_one_line(answer: Any) -> bool:
    told = json.loads(answer.content)
    return list(told) == ["error"] and told["error"].isprintable() and b"\n" not in answer.content


@pytest.mark.parametrize("authorization", FORGED, ids=count())
@pytest.mark.parametrize(
    ("path", "body"), [("/infobip/callback", BODY), ("/infobip/status", REPORT)], ids=["callback", "status"]
)
def test_a_webhook_that_is_not_the_providers_is_refused_before_it_is_read(
    edge: Edge, log: Log, path: str, body: bytes, authorization: str | None
) -> None:
    answer = edge.post(path, body, None if authorization is None else {"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.json == {"error": "the signature does not verify"}
    assert edge.world.store.list_reports("some-session") == []
    assert log.text.count("\n") == 0
    assert "401" in log.text
    assert all(word not in log.text for word in (real(1)[1:], "made-up", "some-session", "é"))


def test_a_forged_body_is_refused_however_malformed_it_is(edge: Edge) -> None:
    for body in (b"", b"{", b"\xff\x00", b"[" * 60_000):
        assert edge.post("/infobip/callback", body, {"Authorization": GENUINE}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json 447700900001",
        b'"447700900001"',
        b'{"from":"447700900001"}',
        b'{"from":"447700900001","to":null}',
        b'{"from":"447700900001","to":442079460000}',
        b'{"from":447700900001,"to":"442079460000"}',
        b'{"from":"447700900001","from":"447700900002","to":"442079460000"}',
        b'{"to":"442079460000","t\\u006f":"442079460000"}',
        b'{"to":"442079460000","secret":"447700900001\\u0000"}',
        b'{"to":"442079460000","secret":"447700900001\\ud800"}',
        b'{"to":"442079460000","secret":"447700900001\x00"}',
        b'{"to":"442079460000","secret":"447700900001\xff"}',
        b"[" * 65_000,
    ],
)
def test_a_malformed_callback_is_answered_with_the_reason_alone(edge: Edge, log: Log, body: bytes) -> None:
    answer = edge.callback(body)

    assert answer.status_code == 400
    assert is_one_line(answer)
    assert log.text.count("\n") == 0
    for told in (log.text, answer.text):
        assert all(content not in told for content in ("447700900001", "442079460000", "secret"))


@pytest.mark.parametrize("body", [b"", b"[]", b'{"clientReferenceId":"some-session.c","x":"\\u0000"}', b'{"a":1}{}'])
def test_a_malformed_report_is_refused_and_not_kept(edge: Edge, body: bytes) -> None:
    answer = edge.status(body)

    assert answer.status_code == 400
    assert is_one_line(answer)
    assert edge.world.store.list_reports("some-session") == []
    assert edge.world.store.list_reports("") == []


class Unreadable(io.RawIOBase):
    """A body that must not be asked for."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError(f"{size} bytes of a refused body were read")


class Endless(io.RawIOBase):
    """A body that never ends."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.given += size
        return b" " * size


class Broken(io.RawIOBase):
    """A body whose client went away."""

    def read(self, size: int = -1) -> bytes:
        raise ConnectionResetError(f"no more of {size}")


def answer_to(edge: Edge, stream: io.RawIOBase, **environ: Any) -> tuple[str, bytes]:
    """What the application says to a WSGI environment of the test's own."""
    asked = create_environ(path="/infobip/callback", method="POST", headers={"Authorization": GENUINE})
    asked.pop("CONTENT_LENGTH", None)
    asked.update({"wsgi.input": stream, **environ})
    started = StartResponseMock()
    content = b"".join(edge.app(asked, started))
    assert started.status is not None
    return started.status, content


def test_a_body_that_says_it_is_huge_is_not_read(edge: Edge) -> None:
    status, content = answer_to(edge, Unreadable(), CONTENT_LENGTH=str(MAX_BODY + 1))

    assert status.startswith("413")
    assert json.loads(content) == {"error": "the body has more than 65536 bytes"}


def test_a_body_without_a_length_is_read_up_to_the_limit(edge: Edge) -> None:
    stream = Endless()

    status, _ = answer_to(edge, stream, **{"wsgi.input_terminated": True})

    assert status.startswith("413")
    assert stream.given == MAX_BODY + 1


def test_the_largest_body_is_read(edge: Edge) -> None:
    padded = BODY.replace(b"}", b',"x":"' + b"x" * (MAX_BODY - len(BODY) - 7) + b'"}')
    assert len(padded) == MAX_BODY

    assert edge.callback(padded).status_code == 200
    assert edge.callback(padded + b" ").status_code == 413


def test_a_chunked_body_is_read_whole(edge: Edge) -> None:
    status, _ = answer_to(edge, io.BytesIO(BODY), **{"wsgi.input_terminated": True})  # type: ignore[arg-type]  # raw enough

    assert status.startswith("200")


def test_a_body_without_length_or_end_is_no_body(edge: Edge) -> None:
    status, _ = answer_to(edge, Unreadable())

    assert status.startswith("401")


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "1_0"])
def test_a_length_that_is_no_number_is_refused(edge: Edge, length: str) -> None:
    status, content = answer_to(edge, io.BytesIO(BODY), CONTENT_LENGTH=length)  # type: ignore[arg-type]  # raw enough

    assert status[0] == "4"
    assert list(json.loads(content)) == ["error"]


def test_a_body_that_breaks_off_is_refused_quietly(edge: Edge, log: Log) -> None:
    short = answer_to(edge, io.BytesIO(BODY[:20]), CONTENT_LENGTH=str(len(BODY)))  # type: ignore[arg-type]  # raw enough
    reset = answer_to(edge, Broken(), CONTENT_LENGTH=str(len(BODY)))

    for status, content in (short, reset):
        assert status.startswith("400")
        assert json.loads(content) == {"error": "the body breaks off or is not valid HTTP"}
    assert "ConnectionReset" not in log.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/infobip", 404),
        ("POST", "/infobip/callback/", 404),
        ("GET", "/audio/unknown.mp3", 404),
        ("GET", "/audio/../app.py", 404),
        ("GET", "/infobip/callback", 405),
        ("PUT", "/infobip/status", 405),
        ("GET", "/healthz", 404),
        ("GET", "/readyz", 404),
        ("GET", "/metrics", 404),
        ("DELETE", "/audio/not-allowed.mp3", 405),
        ("BREW", "/infobip/callback", 400),
        ("WEBSOCKET", "/infobip/callback", 400),
    ],
)
def test_what_is_not_there_is_said_in_one_line(edge: Edge, method: str, path: str, status: int) -> None:
    environ = create_environ(path=path)
    environ["REQUEST_METHOD"] = method
    started = StartResponseMock()

    content = b"".join(edge.app(environ, started))

    assert started.status is not None
    assert started.status.startswith(str(status))
    assert started.headers_dict["content-type"] == "application/json"
    assert list(json.loads(content)) == ["error"]


class Surprise:
    """A resource with a bug, whose exceptions quote what they stumbled over."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        del resp
        body = req.stream.read(100)
        try:
            int(body)
        except ValueError as error:
            raise KeyError(body) from error


def test_a_bug_is_answered_in_one_line_and_logged_by_its_place_alone(log: Log) -> None:
    edge = Edge()
    edge.app.add_route("/surprise", Surprise())

    answer = edge.post("/surprise", b"secret +447700900001", {"Authorization": "secret"})

    assert answer.status_code == 500
    assert answer.json == {"error": "something went wrong here; the log says what"}
    assert log.text.count("\n") == 0
    assert "KeyError < test_edge_refusals.py:" in log.text
    assert "after ValueError" in log.text
    assert "on_post" in log.text
    assert "secret" not in log.text
    assert "447700900001" not in log.text


@pytest.fixture(scope="module")
def open_edge() -> Edge:
    """An edge that asks for no signature, with a session between the numbers that the bodies below name."""
    edge = Edge(webhook_auth="none")
    edge.world.pool(numbers=1)
    edge.world.open(1, 2)
    return edge


ANY_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.text(max_size=5), st.sampled_from([real(1)[1:], virtual(0)[1:]])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["from", "to", "dtmfCaptured", "clientReferenceId", "x"]), inner, max_size=4),
    ),
    max_leaves=6,
)
BODIES = st.one_of(st.binary(max_size=80), ANY_JSON.map(json.dumps).map(str.encode), st.just(BODY))
PATHS = st.sampled_from(["/infobip/callback", "/infobip/status", "/audio/call-recorded.mp3", "/x"])
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "Content-Type", "Accept", "Range", "If-None-Match", "If-Range", "Cookie"]),
    st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
        st.sampled_from(
            ["bytes=0-", "bytes=5-2", "bytes=-9999999", "bytes=9999999-", "bytes=1-2,4-5", "*", 'W/"a", "b"']
        ),
    ),
    max_size=3,
)


@settings(max_examples=300)
@given(
    method=st.sampled_from(["POST", "GET", "HEAD", "OPTIONS", "PUT"]),
    path=PATHS,
    body=BODIES,
    headers=HEADERS,
    query=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
def test_no_request_is_answered_with_a_server_error(
    open_edge: Edge, method: str, path: str, body: bytes, headers: dict[str, str], query: str
) -> None:
    environ = create_environ(path=path, method="POST", body=body)
    environ.update({"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()})
    environ.update({"REQUEST_METHOD": method, "QUERY_STRING": query})
    started = StartResponseMock()

    content = b"".join(open_edge.app(environ, started))

    assert started.status is not None
    assert started.status < "500"
    if started.status >= "400" and method != "HEAD":
        assert list(json.loads(content)) == ["error"]
