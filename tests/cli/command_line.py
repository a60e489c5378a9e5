"""Runs `masking` inside the test's process, and its servers in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.main import run
from support.ports import free_ports

DEADLINE = 60.0


@dataclass(frozen=True)
class Ended:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document that stdout is."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The JSON error in the last line of stderr."""
        return json.loads(self.err.splitlines()[-1])["error"]


class CommandLine:
    """Calls commands, by default of a server under test."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ended:
        self._capsys.readouterr()
        code = run(arguments)
        captured = self._capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    def json(self, *arguments: str) -> Any:
        """The document of a command that must succeed."""
        ended = self(*arguments, "--json")
        assert ended.code == 0, ended.err
        return ended.document


def free_address() -> str:
    """An address on which nobody listens."""
    return f"127.0.0.1:{free_ports(1)[0]}"


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings alone, as if no `make` had started it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MASKING_", "MAKE", "MFLAGS"))}
    return kept | {f"MASKING_{name.upper()}": value for name, value in settings.items()}


class Machine:
    """A folder and two free ports, and what runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = clean_environment(
            grpc_address=free_address(),
            edge_address=free_address(),
            ops_address=free_address(),
            grpc_ops_address=free_address(),
        )
        self._started: list[subprocess.Popen[str]] = []

    def run(self, *arguments: str, **settings: str) -> Ended:
        """A command in a process of its own."""
        finished = subprocess.run(
            command(*arguments),
            cwd=self.folder,
            env=self.environment | _variables(settings),
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(finished.returncode, finished.stdout, finished.stderr)

    def start(self, *arguments: str, **settings: str) -> "Server":
        """A server, listening."""
        log = self.folder / f"log-{len(self._started)}"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                command(*arguments),
                cwd=self.folder,
                env=self.environment | _variables(settings),
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                process_group=0,
            )
        self._started.append(process)
        return Server(process, log)

    def stop(self) -> None:
        """End whatever still runs."""
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(DEADLINE)
            if process.stdout is not None:
                process.stdout.close()


@dataclass(frozen=True)
class Server:
    """A server and its log."""

    process: subprocess.Popen[str]
    log: Path

    def told(self, end: str = "Serving:") -> list[str]:
        """The lines it prints, up to the one that begins with ``end``."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(end):
                return lines
        raise AssertionError(f"it ended early: {lines} {self.log.read_text()}")

    def children(self) -> list[int]:
        """The processes that it started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


def command(*arguments: str) -> list[str]:
    """What starts `masking` with this interpreter."""
    return [sys.executable, "-P", "-m", "adapters.cli", *arguments]


def at_a_terminal(folder: Path, stream: str, *arguments: str, **environment: str) -> str:
    """What a command prints when ``stdout`` or ``stderr`` is a terminal."""
    leader, follower = os.openpty()
    with os.fdopen(leader, "rb", buffering=0) as screen:
        with os.fdopen(follower, "wb") as terminal:
            streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: terminal}
            process = subprocess.Popen(
                command(*arguments),
                cwd=folder,
                env=clean_environment() | {"TERM": "xterm-256color", "COLUMNS": "160"} | environment,
                **streams,
            )
        shown = b""
        # Linux answers with an error once nobody has the terminal open any more.
        with suppress(OSError):
            while part := screen.read(65_536):
                shown += part
        process.wait(DEADLINE)
    return shown.decode()


def wait_until_gone(process: int) -> None:
    """Return when a process is no more, whoever its parent is by now."""
    until = time.monotonic() + DEADLINE
    while _lives(process):
        assert time.monotonic() < until, f"process {process} still runs"
        time.sleep(0.02)


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _variables(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"MASKING_{name.upper()}": value for name, value in settings.items()}
