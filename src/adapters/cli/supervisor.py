"""Looks after the servers of one machine: starts them, tells when they serve, and ends them together."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from adapters.settings_values import dialable
from adapters.supervised import OPTION, Supervision

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LOOK_SECONDS = 0.05
_CONNECT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Program:
    """A server: its name for people, and the module and arguments it is started with.

    It serves when so many ``workers`` have told it, and somebody listens at each of its ``addresses``.
    ``settings`` are variables that it gets beside those of this process.
    """

    name: str
    arguments: Sequence[str]
    addresses: Sequence[str] = ()
    workers: int = 0
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A program that ended by itself, or not in good order; ``code`` is negative for a signal."""

    name: str
    code: int

    def __str__(self) -> str:
        """Who, and how."""
        how = f"exit code {self.code}" if self.code >= 0 else signal.Signals(-self.code).name
        return f"{self.name} ended with {how}"


class Supervisor:
    """Runs programs together: when one ends the others are asked to end too, and have the time they need."""

    def __init__(self, programs: Sequence[Program], on_serving: Callable[[], None]) -> None:
        """Take the programs; ``on_serving`` is called once all of them serve."""
        self._programs = programs
        self._on_serving = on_serving
        self._children: list[_Child] = []
        self._told = False
        self._ending = False
        self._failure: Failure | None = None

    def run(self) -> Failure | None:
        """Return when all have ended, with the first that did so otherwise than in good order.

        SIGTERM, SIGINT and SIGHUP end them in good order, and the second one at once.
        """
        with _signals() as receiver:
            try:
                self._children.extend(map(_Child, self._programs))
                while self._children:
                    self._look()
                    starting = any(not child.serves for child in self._children)
                    self._obey(_received(receiver, _LOOK_SECONDS if starting else None))
                    self._bury()
            finally:
                self._kill()
        return self._failure

    def _look(self) -> None:
        """See who serves by now."""
        for child in self._children:
            child.look()
        if not self._told and not self._ending and all(child.serves for child in self._children):
            self._told = True
            self._on_serving()

    def _obey(self, numbers: Sequence[int]) -> None:
        for _ in (number for number in numbers if number in _ENDING):
            if self._ending:
                self._kill()
            self._end()

    def _bury(self) -> None:
        """Take note of who has ended."""
        ended = [child for child in self._children if child.process.poll() is not None]
        for child in ended:
            self._children.remove(child)
            child.close()
            code = child.process.returncode
            if self._failure is None and (code != 0 or not self._ending):
                self._failure = Failure(child.name, code)
        if ended:
            self._end()

    def _end(self) -> None:
        self._ending = True
        for child in self._children:
            child.end()

    def _kill(self) -> None:
        for child in self._children:
            child.process.kill()


class _Child:
    """A program that runs."""

    def __init__(self, program: Program) -> None:
        """Start it in a group of its own: Ctrl-C is the supervisor's, who tells the others in good order."""
        self.name = program.name
        self.serves = False
        self._silent = list(program.addresses)
        self._starting = program.workers
        self._to_end = False
        self._pipe, pipe = os.pipe()
        os.set_blocking(self._pipe, False)
        os.set_blocking(pipe, False)
        command = [sys.executable, "-P", "-m", *program.arguments, OPTION, str(Supervision(os.getpid(), pipe))]
        self.process = subprocess.Popen(  # noqa: S603 our own modules
            command,
            process_group=0,
            stdin=subprocess.DEVNULL,
            pass_fds=[pipe],
            env={**os.environ, **program.settings},
        )
        os.close(pipe)

    def look(self) -> None:
        """See whether it serves by now."""
        if self.serves:
            return
        with suppress(BlockingIOError):
            self._starting -= len(os.read(self._pipe, 256))
        self._silent = [address for address in self._silent if not _listens(address)]
        self.serves = self._starting <= 0 and not self._silent
        if self.serves and self._to_end:
            self.process.terminate()

    def close(self) -> None:
        """Give back the pipe of a program that has ended."""
        os.close(self._pipe)

    def end(self) -> None:
        """Ask it to end, once it serves: a signal in the midst of a start may be lost, or end it in no good order."""
        if self.serves and not self._to_end:
            self.process.terminate()
        self._to_end = True


@contextmanager
def _signals() -> Iterator[socket.socket]:
    """Collect the signals that matter instead of dying of them: a byte for each comes out of the socket."""
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.setblocking(False)
        wakeup = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        before = {each: signal.signal(each, _let_pass) for each in (*_ENDING, signal.SIGCHLD)}
        try:
            yield receiver
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
            signal.set_wakeup_fd(wakeup)


def _let_pass(number: int, frame: object) -> None:
    del number, frame


def _received(receiver: socket.socket, timeout: float | None) -> bytes:
    """The numbers of the signals that came, or none when ``timeout`` seconds have passed."""
    readable, _, _ = select.select([receiver], [], [], timeout)
    return receiver.recv(256) if readable else b""


def _listens(address: str) -> bool:
    host, _, port = dialable(address).rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
