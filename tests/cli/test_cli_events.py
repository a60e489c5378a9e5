import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.composition import Services
from adapters.grpc_server.server import GrpcServer
from cli.command_line import DEADLINE, CommandLine, command

SESSION = ("sessions", "open", "--pool", "ride-uk", "--participant", "+447700900101", "--participant", "+447700900102")


class Watcher:
    """`masking events watch` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            command("events", "watch", *arguments),
            env=os.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def next(self) -> Any:
        """The next line."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def end(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=DEADLINE)
        return self.process.returncode


Watch = Callable[..., Watcher]


@pytest.fixture
def watch(masking: CommandLine, server: GrpcServer) -> Iterator[Watch]:
    del server
    masking.json("pools", "create", "ride-uk")
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002")
    started: list[Watcher] = []

    def begun(*arguments: str) -> Watcher:
        started.append(Watcher(*arguments))
        return started[-1]

    yield begun
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def test_events_are_told_as_they_happen_each_with_what_resumes_after_it(masking: CommandLine, watch: Watch) -> None:
    watcher = watch()
    first = watcher.next()
    assert first["event"] is None
    name = masking.json(*SESSION)["name"]
    masking.json("sessions", "close", name)
    told = [watcher.next(), watcher.next()]
    assert [line["event"]["kind"] for line in told] == ["KIND_SESSION_OPENED", "KIND_SESSION_CLOSED"]
    assert {line["event"]["session"] for line in told} == {name}
    assert watcher.end() == ExitCode.INTERRUPTED
    again = watch("--resume", first["resume_token"])
    assert again.next()["event"] is None
    assert [again.next()["event"], again.next()["event"]] == [line["event"] for line in told]
    again.end()


def test_a_watcher_chooses_pools_and_kinds(masking: CommandLine, watch: Watch) -> None:
    masking.json("pools", "create", "other")
    closings = watch("--resume", "earliest", "--pool", "ride-uk", "--kind", "session-closed")
    others = watch("--resume", "earliest", "--pool", "other", "--pool", "ride-uk", "--kind", "session-opened")
    name = masking.json(*SESSION)["name"]
    masking.json("sessions", "close", name)
    assert [closings.next()["event"], closings.next()["event"]["kind"]] == [None, "KIND_SESSION_CLOSED"]
    assert [others.next()["event"], others.next()["event"]["kind"]] == [None, "KIND_SESSION_OPENED"]


def test_a_server_that_restarts_is_waited_for_and_nothing_is_missed(
    masking: CommandLine, watch: Watch, server: GrpcServer, services: Services
) -> None:
    watcher = watch()
    watcher.next()
    server.stop(grace=0)
    with_restart = GrpcServer(services, f"127.0.0.1:{server.port}", 4)
    with_restart.start()
    name = masking.json(*SESSION)["name"]
    assert watcher.next()["event"]["session"] == name
    assert watcher.end() == ExitCode.INTERRUPTED
    with_restart.stop(grace=0)


def test_what_cannot_be_watched_is_refused(masking: CommandLine, watch: Watch, server: GrpcServer) -> None:
    del watch
    strange = masking("events", "watch", "--resume", "nonsense", "--json")
    assert (strange.code, strange.out, strange.error["field"]) == (ExitCode.REFUSED, "", "resume_token")
    assert masking("events", "watch", "--kind", "session-lost").code == ExitCode.USAGE
    server.stop(grace=0)
    away = masking("events", "watch", "--json")
    assert (away.code, away.error["reason"]) == (ExitCode.UNREACHABLE, "UNAVAILABLE")
