"""Fuzzes a whole site from outside, for as long as anyone likes: ``make fuzz REQUESTS=1000000``.

Real servers over a store with one session in it, and several processes that send them what nobody ought
to send. Whatever comes of it that should not ends it; the same ``--seed`` sends the same again.
"""

import argparse
import random
import re
import socket
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import grpc

from adapters.grpc_server.event_service import MOST_WATCHERS
from e2e.site import CREDENTIAL, Site
from masking.v1.event_service_pb2 import WatchEventsRequest
from masking.v1.event_service_pb2_grpc import EventServiceStub
from support import fuzzed_streams
from support.fuzz_marks import Marks, marks_of
from support.fuzzed_grpc import FuzzedGrpc
from support.fuzzed_http import FuzzedHttp
from support.fuzzed_streams import FuzzedStreams
from support.processes import start
from support.world import real, virtual

STATUSES: Final = {"100", "200", "400", "401", "404", "405", "408", "413", "414", "417", "431"}
"""All that may be answered; 200 is for OPTIONS alone, and never with a call's answer."""

CODES: Final = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "OUT_OF_RANGE"}
IN_A_ROW, IN_FLIGHT = 30, 30
_ANSWERS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_OF_A_CALL: Final = (b'"command"', b"kept", b"phoneNumber")
_PATIENCE: Final = 120.0
_SHARE_OF_GRPC: Final = 10
_SHARE_OF_STREAMS: Final = 5
_ROUNDS: Final = 10
"""The first one warms up."""


def fuzz(
    requests: int, seed: int, folder: Path, processes: int = 2, tell: Callable[[int], None] | None = None
) -> Counter[str]:
    """Send so many requests, and return what was answered how often. Raises AssertionError for what should not be.

    ``tell`` hears how many there were so far, now and then.
    """
    site = Site(folder, edge_workers="1")
    try:
        site.start("serve-grpc", "serve-edge")
        site.add_pool([virtual(0), virtual(1)])
        session = site.open(real(1), real(2))
        answers = _send(site, requests // _ROUNDS, f"{seed}.0", processes)
        before = marks_of(site)
        for number in range(1, _ROUNDS):
            _check(before, marks_of(site), site, answers)
            if tell is not None:
                tell(_count(answers))
            answers += _send(site, requests // _ROUNDS, f"{seed}.{number}", processes)
        _check_that_streams_are_free(site)
        after = marks_of(site)
        _check(before, after, site, answers)
        assert site.call(real(1), session.participants[0].proxy_number)["phoneNumber"] == real(2)[1:]
        answers["MiB grown"] = (after.memory - before.memory) >> 20
    finally:
        site.stop()
    return answers


def _count(answers: Counter[str]) -> int:
    """How many requests were answered; 100 is no answer."""
    return answers.total() - answers["100"]


def _check(before: Marks, after: Marks, site: Site, answers: Counter[str]) -> None:
    of_streams = {f"stream {code}" for code in CODES | fuzzed_streams.CODES} | {"stream closed"}
    strange = set(answers) - STATUSES - CODES - of_streams - {"closed"}
    assert not strange, f"answered with {strange}: {answers}"
    assert after.processes == before.processes, "a process was replaced"
    changed = {name for name, digest in after.stored.items() if digest != before.stored[name]}
    assert not changed, f"something was stored: {changed}"
    for log in site.folder.glob("*.log"):
        with log.open(errors="replace") as lines:
            bad = next((line for line in lines if re.search(r"Traceback|unexpected|Z error |Z critical ", line)), None)
        assert bad is None, f"{log.name}: {bad}"
    assert after.memory - before.memory < 32 << 20, f"memory grew from {before.memory} to {after.memory} bytes"


def _send(site: Site, requests: int, seed: str, processes: int) -> Counter[str]:
    over_grpc = requests // _SHARE_OF_GRPC
    shares = [(requests - over_grpc) // processes + 1] * processes
    started = [start(fuzz_http, site.edge_address, f"{seed}.{number}", share) for number, share in enumerate(shares)]
    streamed = over_grpc // _SHARE_OF_STREAMS
    started.append(start(fuzz_grpc, site.grpc_address, seed, over_grpc - streamed))
    started.append(start(fuzz_streams, site.grpc_address, seed, streamed))
    answers: Counter[str] = Counter()
    for _, connection in started:
        told = connection.recv()
        assert isinstance(told, Counter), told
        answers += told
    for process, connection in started:
        process.join()
        connection.close()
    return answers


def fuzz_http(pipe: Connection, address: str, seed: str, requests: int) -> None:
    """Send HTTP, many requests over one connection until one of them breaks it; tell what was answered."""
    try:
        source = FuzzedHttp(seed, CREDENTIAL, f"http://{address}")
        answers: Counter[str] = Counter()
        while _count(answers) < requests:
            pieces: list[bytes] = []
            whole = True
            while whole and len(pieces) < IN_A_ROW:
                piece, whole = source.next()
                pieces.append(piece)
            answers += _answers(address, b"".join(pieces))
        pipe.send(answers)
    except BaseException as error:
        pipe.send(f"{seed}: {error!r}")
        raise


def _answers(address: str, data: bytes) -> Counter[str]:
    host, _, port = address.partition(":")
    parts: list[bytes] = []
    with socket.create_connection((host, int(port)), timeout=_PATIENCE) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65_536):
                parts.append(part)
        except (ConnectionResetError, BrokenPipeError):
            pass
    heard = b"".join(parts)
    assert not any(word in heard for word in _OF_A_CALL), f"a call was answered: {heard!r} for {data!r}"
    statuses = [status.decode() for status in _ANSWERS.findall(heard)]
    assert set(statuses) <= STATUSES, f"{statuses} for {data!r}"
    return Counter(statuses or ["closed"])


def fuzz_grpc(pipe: Connection, address: str, seed: str, requests: int) -> None:
    """Send gRPC messages, several at once; tell what was answered."""
    try:
        answers: Counter[str] = Counter()
        flying: deque[Any] = deque()
        with grpc.insecure_channel(address) as channel:
            for path, message in islice(FuzzedGrpc(seed), requests):
                ask: Any = channel.unary_unary(path)
                flying.append(ask.future(message, timeout=_PATIENCE))
                if len(flying) > IN_FLIGHT:
                    answers[flying.popleft().code().name] += 1
            answers.update(each.code().name for each in flying)
        pipe.send(answers)
    except BaseException as error:
        pipe.send(f"{seed}: {error!r}")
        raise


def fuzz_streams(pipe: Connection, address: str, seed: str, requests: int) -> None:
    """Send streams, and RPCs in manners of their own; tell what came of them."""
    try:
        answers = FuzzedStreams(seed, address).send(requests)
        pipe.send(Counter({f"stream {code}": times for code, times in answers.items()}))
    except BaseException as error:
        pipe.send(f"{seed}: {error!r}")
        raise


def _check_that_streams_are_free(site: Site) -> None:
    """As many watchers as there may be are let in: none of those who went away in whatever manner holds a place."""
    watching = EventServiceStub(site.channel).WatchEvents
    end = time.monotonic() + _PATIENCE
    while True:
        calls = [watching(WatchEventsRequest(), timeout=_PATIENCE) for _ in range(MOST_WATCHERS)]
        refused = [each for each in calls if not _begins(each)]
        for call in calls:
            call.cancel()
        if not refused:
            return
        assert time.monotonic() < end, f"{len(refused)} places of watchers are still taken"
        time.sleep(0.5)


def _begins(call: Any) -> bool:
    try:
        return next(call) is not None
    except grpc.RpcError:
        assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print(f"{asked.requests} requests, seed {asked.seed}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        answers = fuzz(
            asked.requests, asked.seed, Path(folder), asked.processes, lambda done: print(f"{done} so far", flush=True)
        )
    grown = answers.pop("MiB grown")
    print(f"{_count(answers)} answered in {(time.monotonic() - started) / 60:.0f} minutes")
    print(f"memory grew by {grown} MiB after the first tenth; nothing was stored, no call was answered, nothing ended")
    for what, times in answers.most_common():
        print(f"{times:>10}  {what}")


if __name__ == "__main__":
    main()
