"""A process that records calls for another one, whose interpreter is left to the callers.

To seal, pack and send what is recorded takes as long as to answer. Done by a thread, each of its steps
would be one that a callback waits for. The recorder is forked from the process whose calls it records
and lives as long; what it was given it still records when that process is killed.
"""

import atexit
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from struct import Struct
from typing import Final

from adapters.decided_packing import pack_decisions, unpack_decisions
from adapters.logs import trace_of
from adapters.portions import Portions, Records
from masking_core.errors import MaskingError, StoreUnavailable
from masking_core.ports.call_log import Decided

_log = logging.getLogger(__name__)

_LEFT_TO_ITS_PROCESS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
"""What ends the process that a recorder works for, and so, a little later, the recorder."""

PATIENCE: Final = 60.0
"""Seconds after which a recorder that says nothing is taken for dead; no store is waited for as long."""

_SECONDS: Final = Struct(">d")

_GIVES_WAY: Final = 5
"""How nice it is: while callers wait for a processor it has a third of the weight, which is more than it needs."""

_OBJECTS: Final = 50_000
"""So many more objects than before there are when a recorder looks for cycles: in a batch of calls there are none."""

_STANDARD: Final = 3
"""So many files are a process's standard ones."""


class Recorder:
    """Has a process of its own record; should that die, it is done here."""

    def __init__(self, records: Records) -> None:
        """Take what records; it is done here until there is the process."""
        self._records = records
        self._portions = Portions(records, beside_callers=True)
        self._connection: Connection | None = None
        self._process = 0

    def fork(self) -> None:
        """Begin the process. This one must have no threads yet, and nothing open that it cannot share."""
        ours, theirs = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            _be_recorder(Portions(self._records), theirs, keep_not=ours)
        theirs.close()
        self._connection = ours
        atexit.register(self._end)

    @property
    def is_apart(self) -> bool:
        """Whether another process records."""
        return self._connection is not None

    def record(self, decisions: Sequence[Decided], seconds: float = 0.0) -> None:
        """Record decisions, durably, in about so many seconds if that is possible. Raises MaskingError."""
        if self._connection is not None:
            try:
                self._connection.send_bytes(_SECONDS.pack(seconds) + pack_decisions(decisions))
                if not self._connection.poll(PATIENCE):
                    os.kill(self._process, signal.SIGKILL)
                failure = self._connection.recv()
            except (OSError, EOFError):
                _log.error("the process that records calls has died; they are recorded here from now on")
                self._end()
            else:
                if failure is not None:
                    raise failure
                return
        self._portions.record(decisions, seconds)

    def _end(self) -> None:
        """Let the process end, and wait for that."""
        connection, self._connection = self._connection, None
        if connection is not None:
            atexit.unregister(self._end)
            connection.close()
            with suppress(ChildProcessError):
                os.waitpid(self._process, 0)


def _be_recorder(portions: Portions, connection: Connection, *, keep_not: Connection) -> None:
    """Live as a recorder, and end."""
    status = 1
    try:
        keep_not.close()
        _leave_what_is_not_ours(connection)
        for number in _LEFT_TO_ITS_PROCESS:
            signal.signal(number, signal.SIG_IGN)
        os.nice(_GIVES_WAY)
        gc.set_threshold(_OBJECTS)
        _serve(portions, connection)
        status = 0
    except Exception as error:  # noqa: BLE001 nothing of it may get into the frames of the process that was forked
        _log.error("the process that records calls ends for an unexpected %s", trace_of(error))
    finally:
        os._exit(status)


def _leave_what_is_not_ours(connection: Connection) -> None:
    """Hold no socket open that the other process listens or talks on.

    In its place stands nothing, so that whoever closes it later closes nothing of ours.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        if file >= _STANDARD and file not in (connection.fileno(), nothing):
            with suppress(OSError):
                os.fstat(file)
                os.dup2(nothing, file, inheritable=False)


def _serve(portions: Portions, connection: Connection) -> None:
    """Record what comes, and tell how that went, until nothing can come any more."""
    while True:
        try:
            told = connection.recv_bytes()
        except EOFError:
            return
        failure: Exception | None = None
        try:
            (seconds,) = _SECONDS.unpack_from(told)
            portions.record(unpack_decisions(told[_SECONDS.size :]), seconds)
        except MaskingError as error:
            failure = StoreUnavailable(f"{error.reason}: {error}")
        except Exception as error:  # noqa: BLE001 whatever it is, later calls are recorded all the same
            _log.error("calls are not recorded, for an unexpected %s", trace_of(error))
            failure = RuntimeError(type(error).__name__)
        with suppress(OSError):
            connection.send(failure)
