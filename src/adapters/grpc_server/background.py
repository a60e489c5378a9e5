"""A task that is done again and again beside the RPCs."""

import logging
from collections.abc import Callable
from random import SystemRandom
from threading import Event, Thread

from adapters.grpc_server.traces import trace
from masking_core.errors import MaskingError

_log = logging.getLogger(__name__)
_random = SystemRandom()

_JOIN_SECONDS = 5.0


class Background:
    """Runs ``task`` in a thread of its own every ``seconds``, give or take a quarter.

    A task that fails is logged, once for as long as it goes on failing, and tried again. The quarter
    keeps the processes of one store from doing the same at the same moment.
    """

    def __init__(self, name: str, task: Callable[[], object], seconds: float) -> None:
        """Take the task, and a name for the log."""
        self._name = name
        self._task = task
        self._seconds = seconds
        self._stopped = Event()
        self._failing = False
        self._thread = Thread(target=self._run, name=f"masking-{name}", daemon=True)

    def start(self) -> None:
        """Begin, the first time after a pause."""
        self._thread.start()

    def stop(self) -> None:
        """End, waiting a few seconds for a task that is under way. One that was never started stays so."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds * _random.uniform(0.75, 1.25)):
            self._attempt()

    def _attempt(self) -> None:
        try:
            self._task()
        except Exception as error:  # noqa: BLE001 # the next attempt may succeed whatever went wrong in this one
            if not self._failing:
                told = error if isinstance(error, MaskingError) else trace(error)
                _log.warning("%s failed, and is tried again: %s", self._name, told)
            self._failing = True
        else:
            if self._failing:
                _log.info("%s succeeds again", self._name)
            self._failing = False
