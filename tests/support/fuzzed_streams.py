"""RPCs sent as nobody ought to send them: cut off, half closed, late, with odd metadata; and what is hardly HTTP/2."""

import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from threading import Event
from typing import Any, Final

import grpc
from google.protobuf import message_factory
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from masking.v1 import call_service_pb2, event_service_pb2
from support.fuzzed_grpc import FuzzedGrpc, Kind, path_of, services_of

CODES: Final = {"CANCELLED", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED"}
"""What may come of them beside what comes of any bad request."""

STREAMS: Final = (call_service_pb2, event_service_pb2, health_pb2, reflection_pb2)
DEADLINES: Final = (1e-9, 1e-6, 0.001, 0.02, 0.2)
NAMES: Final = ("authorization", "x-request-id", "traceparent", "tracestate", "user", "x-junk-bin", "cookie")
WORDS: Final = ("", " ", "Bearer ", "Bearer mk_", "00-" + "f" * 32 + "-" + "0" * 16 + "-ff", "%", "x" * 6_000, "~" * 99)
TIMEOUTS: Final = (b"", b"1", b"-1S", b"1x", b"99999999H", b"999999999S", b"0n", b"\xff")
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
HEADERS, DATA, RESET, PING, GO_AWAY, CONTINUATION = 1, 0, 3, 6, 7, 9

Manner = Callable[[grpc.Channel, str, bytes, Any], str]


def stream_paths() -> list[Kind]:
    """The path of every method that streams, and the kind of its messages."""
    return [
        (path_of(method), message_factory.GetMessageClass(method.input_type))
        for method in services_of(STREAMS)
        if method.server_streaming
    ]


class FuzzedStreams:
    """Sends stream after stream, and RPCs of one message, each in a manner of its own; what came of each is a code."""

    def __init__(self, seed: str, address: str) -> None:
        self._random = Random(f"{seed} streams")
        self._address = address
        self._streams = FuzzedGrpc(seed, stream_paths())
        self._others = FuzzedGrpc(seed)
        self._manners: tuple[Callable[[grpc.Channel, str, bytes], str], ...] = (
            self._read_some, self._cancelled_at_once, self._never_closed, self._without_a_message, self._late,
        )  # fmt: skip

    def send(self, times: int) -> Counter[str]:
        """Send so many."""
        answers: Counter[str] = Counter()
        with grpc.insecure_channel(self._address) as channel:
            for path, message in self._messages(times):
                if self._random.random() < 0.1:
                    answers[raw(self._address, self._random, path, message)] += 1
                else:
                    answers[self._random.choice(self._manners)(channel, path, message)] += 1
        return answers

    def _messages(self, times: int) -> Iterator[tuple[str, bytes]]:
        streams, others = iter(self._streams), iter(self._others)
        for _ in range(times):
            yield next(streams if self._random.random() < 0.8 else others)

    def _metadata(self) -> Sequence[tuple[str, str | bytes]]:
        drawn = self._random.choices(NAMES, k=self._random.randint(0, 4))
        return [
            (name, self._random.randbytes(9) if name.endswith("-bin") else self._random.choice(WORDS)) for name in drawn
        ]

    def _opened(self, channel: grpc.Channel, path: str, messages: Iterator[bytes], deadline: float | None) -> Any:
        ask: Any = channel.stream_stream(path)
        return ask(messages, timeout=deadline, metadata=self._metadata())

    def _read_some(self, channel: grpc.Channel, path: str, message: bytes) -> str:
        """Read on for a moment, and go away in the midst of it."""
        call = self._opened(channel, path, iter([message]), 10)
        with suppress(grpc.RpcError, StopIteration):
            for _ in range(self._random.randint(1, 2)):
                next(call)
                if b"Watch" in path.encode():
                    break
        return _ended(call)

    def _cancelled_at_once(self, channel: grpc.Channel, path: str, message: bytes) -> str:
        return _ended(self._opened(channel, path, iter([message]), 10))

    def _never_closed(self, channel: grpc.Channel, path: str, message: bytes) -> str:
        """Messages, one or several, and no end of them until the deadline."""
        held = Event()

        def messages() -> Iterator[bytes]:
            yield from [message] * self._random.randint(1, 3)
            held.wait()

        call = self._opened(channel, path, messages(), self._random.choice((0.01, 0.05)))
        with suppress(grpc.RpcError, StopIteration):
            next(call)
        held.set()
        return _ended(call)

    def _without_a_message(self, channel: grpc.Channel, path: str, message: bytes) -> str:
        del message
        call = self._opened(channel, path, iter([]), 10)
        with suppress(grpc.RpcError, StopIteration):
            next(call)
        return _ended(call)

    def _late(self, channel: grpc.Channel, path: str, message: bytes) -> str:
        """With a deadline that has passed, or soon will have."""
        call = self._opened(channel, path, iter([message]), self._random.choice(DEADLINES))
        with suppress(grpc.RpcError, StopIteration):
            while True:
                next(call)
        return _ended(call)


def _ended(call: Any) -> str:
    """The name of the code that a call ends with, which is cut off if it has not ended."""
    call.cancel()
    code: grpc.StatusCode = call.code()
    return code.name


def raw(address: str, rng: Random, path: str, message: bytes) -> str:
    """Bytes that are nearly HTTP/2, sent and half closed; whatever is answered, the connection is closed in the end."""
    host, _, port = address.rpartition(":")
    with suppress(ConnectionError), socket.create_connection((host, int(port)), timeout=60) as client:
        client.sendall(_nearly_http2(rng, path, message))
        client.shutdown(socket.SHUT_WR)
        while client.recv(65_536):
            pass
    return "closed"


def _nearly_http2(rng: Random, path: str, message: bytes) -> bytes:
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path.encode()), (b":authority", b"x"),
              (b"content-type", rng.choice((b"application/grpc", b"text/html"))), (b"te", b"trailers"),
              (b"grpc-timeout", rng.choice(TIMEOUTS))]  # fmt: skip
    head = b"".join(b"\0" + _word(name) + _word(value) for name, value in fields)
    body = b"\0" + struct.pack(">I", rng.choice((len(message), 0, 2**32 - 1))) + message
    frames = [_frame(HEADERS, 4, 1, head), _frame(DATA, rng.choice((0, 1)), 1, body)]
    for _ in range(rng.randint(0, 3)):
        kind = rng.choice((RESET, PING, GO_AWAY, CONTINUATION, HEADERS, DATA, 77))
        odd = _frame(
            kind, rng.randrange(256), rng.choice((0, 1, 2, 3, 2**31 - 1)), rng.randbytes(rng.choice((0, 4, 8)))
        )
        frames.insert(rng.randint(0, len(frames)), odd)
    data = PREFACE + b"".join(frames)
    return data[: rng.randint(1, len(data))] if rng.random() < 0.3 else data


def _word(text: bytes) -> bytes:
    """A text as HPACK has it, short ones alone."""
    return bytes((len(text[:126]),)) + text[:126]


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload
