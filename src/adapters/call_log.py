"""Recording decisions behind the callback's back, so that no caller waits for it.

Decisions are taken note of in memory and recorded together by a thread, within two tenths of a second: those
of one moment in portions, while those of the next are gathered. All of them at once would have the
processor and the store to themselves for as long as some callers wait. A process that is killed loses
those of its last moments; the status report of such a call tells most of it again. While the store is
away the latest are held until it is back.

Where calls are recorded in the interpreter that answers, into a store that nobody waits for, whoever answers
records them in its spare moments, and the thread only what these are too few for: two threads that both
compute keep each other waiting for the interpreter, and callers with them.
"""

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from adapters.portions import Records
from adapters.recorder import Recorder
from masking_core.errors import MaskingError
from masking_core.ports.call_log import Decided

_log = logging.getLogger(__name__)

_GATHERING: Final = 0.1
"""For how many seconds decisions are gathered before they are recorded."""
_BATCH: Final = 200
"""So many are handed on to be recorded at most: packing them holds the interpreter's lock."""
_FEW: Final = 2
"""So many are recorded in a spare moment: who calls meanwhile waits for them."""
_HELD: Final = 20_000
_GLANCE: Final = 0.005
_PAUSE: Final = 0.5
"""How many seconds to wait before a store that was away is asked again."""


def _nobody(calls: int) -> None:
    del calls


class BackgroundCallLog:
    """Takes note at once, and records soon after. Port: ``CallLog``."""

    def __init__(self, recording: Records, on_lost: Callable[[int], None] = _nobody) -> None:
        """Take what records, and who hears how many calls will never be recorded.

        The thread starts with the first note, so that a process may fork before.
        """
        self._recording = recording
        self._recorder = Recorder(recording)
        self._on_lost = on_lost
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._noted: deque[Decided] = deque(maxlen=_HELD)
        self._something = threading.Event()
        self._leaving = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._busy = self._helped = False
        self._helping = threading.Lock()
        self._oldest: Decided | None = None
        self._returned: list[Decided] = []
        self._lost = 0

    def fork(self) -> None:
        """Have a process of its own record, begun now: before the first note, and before there are threads."""
        self._recorder.fork()

    def note(self, decided: Decided) -> None:
        """See ``CallLog``."""
        if self._thread is None:
            self._start()
        if len(self._noted) == _HELD:
            self._lost += 1
            self._on_lost(1)
        self._noted.append(decided)
        if not self._something.is_set():
            self._something.set()

    def held(self) -> int:
        """How many decisions are noted and not recorded yet, those just being recorded aside."""
        return len(self._noted) + len(self._returned)

    def is_waiting(self) -> bool:
        """Whether decisions wait for a spare moment of the thread that asks this; they are left to such from now on."""
        self._helped = True
        return bool(self._noted) and not (self._busy or self._returned or self._helping.locked())

    def record_a_few(self) -> None:
        """Record the oldest, here and now, unless somebody does. What fails is left to the thread behind."""
        if not self._helping.acquire(blocking=False):
            return
        few = self._take(_FEW)
        try:
            self._recording.record(few)
        except Exception:  # noqa: BLE001 whatever it is, it is met again and told of there
            self._returned = few
            self._something.set()
        finally:
            self._helping.release()

    def flush(self, patience: float = 5.0) -> bool:
        """Record what was noted before, now; whether that was done before none was recorded for so many seconds.

        Seconds in which this process stands still are none in which anything could have been.
        """
        looks, held = 0, self.held()
        self._leaving.set()
        try:
            while self._noted or self._busy or self._helping.locked() or self._returned:
                self._something.set()
                looks, held = (0 if self.held() < held else looks + 1), self.held()
                if looks * _GLANCE > patience:
                    return False
                time.sleep(_GLANCE)
        finally:
            self._leaving.clear()
        return True

    def _leave(self) -> None:
        """Record what is left, when the process ends."""
        if not self.flush():
            _log.error("the process ends while calls are being recorded, and %d more wait for that", self.held())

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                atexit.register(self._leave)
                self._thread = threading.Thread(target=self._work, name="call-log", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._something.wait()
            self._leaving.wait(_GATHERING)
            self._busy = True
            self._something.clear()
            if self._returned:
                self._record(self._returned)
                self._returned = []
            if self._is_helped():
                if self._noted:
                    self._something.set()
            else:
                while batch := self._take(_BATCH):
                    self._record(batch)
            self._busy = False

    def _is_helped(self) -> bool:
        """Whether what waits may wait for spare moments: few do, and none since the last look."""
        before, self._oldest = self._oldest, None
        with suppress(IndexError):
            self._oldest = self._noted[0]
        waits = self._oldest is not None and self._oldest is before
        return self._helped and not waits and len(self._noted) <= _BATCH and not self._leaving.is_set()

    def _take(self, most: int) -> list[Decided]:
        """The oldest that wait, which nobody else takes."""
        taken: list[Decided] = []
        with suppress(IndexError):
            while len(taken) < most:
                taken.append(self._noted.popleft())
        return taken

    def _seconds(self) -> float:
        """For how long what is gathered may be recorded: until the next is.

        What waits already is the next: another process then records all at once, which costs least. Here it has
        its share of the time, so that callers have the interpreter in between.
        """
        waiting = len(self._noted)
        if self._leaving.is_set() or (waiting >= _BATCH and self._recorder.is_apart):
            return 0.0
        return _GATHERING if self._recorder.is_apart else _GATHERING * _BATCH / (_BATCH + waiting)

    def _record(self, batch: list[Decided]) -> None:
        """Record a batch, however long that takes."""
        away = False
        while True:
            try:
                self._recorder.record(batch, self._seconds())
            except Exception as error:  # noqa: BLE001 # whatever it is, later calls are recorded all the same
                if not isinstance(error, MaskingError):
                    _log.error("%d calls are not recorded, for an unexpected %s", len(batch), type(error).__name__)
                    self._on_lost(len(batch))
                    return
                if not away:
                    _log.warning("calls are held until they can be recorded: %s: %s", error.reason, error)
                away = True
                self._leaving.wait(_PAUSE)
            else:
                break
        if away:
            _log.warning("calls are recorded again; %d could not be held", self._lost)
            self._lost = 0
