"""A request is whole when all of it is there, and nothing that follows it belongs to it."""

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from webhook_edge.framing import Framing, HeadTooLong, is_plain

HEAD, BODY = 200, 100
PLAIN = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"
CHUNKED = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n12345\r\n1\r\n6\r\n0\r\n\r\n"
WITH_TRAILER = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\nx: y\r\n\r\n"
BARE = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
WHOLE = pytest.mark.parametrize("request_", [PLAIN, CHUNKED, WITH_TRAILER, BARE])


def framing() -> Framing:
    return Framing(HEAD, BODY)


@WHOLE
def test_a_request_that_comes_byte_by_byte_is_whole_with_its_last_one(request_: bytes) -> None:
    framed, received = framing(), bytearray()
    for byte in request_:
        assert framed.end(received) is None
        received.append(byte)
    assert framed.end(received) == len(request_)
    assert not framed.cut


@WHOLE
@given(following=st.binary(max_size=100))
def test_what_follows_is_left_for_the_next(request_: bytes, following: bytes) -> None:
    assert framing().end(bytearray(request_ + following)) == len(request_)


@given(sizes=st.lists(st.integers(1, 9), max_size=9), following=st.binary(max_size=30))
def test_the_parser_finds_the_same_end(sizes: list[int], following: bytes) -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in sizes)
    sent = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    end = framing().end(bytearray(sent + following))
    assert end == len(sent)
    parser = RequestParser(Config(), iter((sent,)), ("127.0.0.1", 1))
    assert next(parser).body.read() == b"x" * sum(sizes)
    assert parser.unreader.read() == b""


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: +5",
        b"Content-Length: -1",
        b"Content-Length: 5, 5",
        b"Content-Length: ",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ],
)
def test_of_a_request_whose_end_is_in_doubt_the_head_is_handed_on_and_nothing_may_follow(headers: bytes) -> None:
    head = b"POST /x HTTP/1.1\r\n" + headers + b"\r\n\r\n"
    framed = framing()

    assert framed.end(bytearray(head + b"12345")) == len(head)
    assert framed.cut


@pytest.mark.parametrize(
    "chunks", [b"x\r\n", b"-1\r\n", b"5 \r\n", b"5\n", b"1\r\nx\r\n\r\n", b"123456789\r\n", b"5;" + b"a" * 300]
)
def test_of_chunks_that_are_none_all_there_is_is_handed_on(chunks: bytes) -> None:
    sent = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    framed = framing()

    assert framed.end(bytearray(sent)) == len(sent)
    assert framed.cut


def test_a_body_that_is_too_long_is_not_waited_for() -> None:
    told, chunks = framing(), framing()
    head = b"POST /x HTTP/1.1\r\nContent-Length: 101\r\n\r\n"
    in_chunks = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"

    assert told.end(bytearray(head)) == len(head)
    assert told.cut
    assert chunks.end(bytearray(in_chunks + b"x" * 100)) is None
    assert chunks.end(bytearray(in_chunks + b"x" * 101)) == len(in_chunks) + 101
    assert chunks.cut


def test_what_goes_on_without_an_end_is_cut() -> None:
    trailers = framing()
    sent = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 67

    assert trailers.end(bytearray(sent)) == len(sent)
    assert trailers.cut
    with pytest.raises(HeadTooLong):
        framing().end(bytearray(b"x" * (HEAD + 1)))
    with pytest.raises(HeadTooLong):
        framing().end(bytearray(b"x" * (HEAD + 1) + b"\r\n\r\n"))


def test_a_client_that_waits_for_a_word_is_told_apart() -> None:
    waiting = framing()

    assert waiting.end(bytearray(b"POST /x HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")) is None
    assert waiting.expects


@pytest.mark.parametrize(
    "head",
    [
        b"GET /x HTTP/1.0\r\n\r\n",
        b"GET /x HTTP/1.1\nHost: x\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\nContent-Length: 5\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /x HTTP/1.1\r\nbad name: x\r\n\r\n",
        b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: \0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_connection_goes_on_behind_a_plain_request_alone(head: bytes) -> None:
    assert is_plain(PLAIN)
    assert is_plain(BARE)
    assert not is_plain(head)
