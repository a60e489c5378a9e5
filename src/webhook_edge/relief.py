"""Relieving the leader of a crew when something holds it up: a store that is slow, most of all."""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import get_native_id
from typing import Final

from webhook_edge.lead import Lead
from webhook_edge.scheduling import is_blocked

_HELD_UP: Final = 0.03
"""Seconds after which a leader that answers is relieved, unless all it lacks is a processor."""

_GLANCE: Final = 0.01
"""Seconds between two looks at a leader that is at work."""

_QUIET: Final = 100
"""Glances that see nothing happen, after which nobody looks before something does."""


class Relief:
    """Takes the lead from whoever is held up. One thread looks, which leads never itself."""

    def __init__(self, lead: Lead, call_another: Callable[[], None]) -> None:
        """Take the lead, and what calls a thread to take it up."""
        self._lead = lead
        self._call_another = call_another
        self._stirred: SimpleQueue[None] = SimpleQueue()
        self.looks = True
        """Whether somebody looks at the leader, as is done while anything happens."""
        self.leader = 0
        """The operating system's id of the thread that leads."""
        self._quiet = 0
        self._begun = 0

    def begin(self) -> None:
        """From now on the leader, who calls this, may be relieved."""
        self.leader = get_native_id()
        self._begun += 1
        self._lead.begin_to_answer()
        if not self.looks:
            self.looks = True
            self.stir()

    def stir(self) -> None:
        """Have somebody look. A handler of signals may call this."""
        self._stirred.put(None)

    def look(self, patience: float) -> None:
        """Look once, and relieve the leader if it is held up; while nothing happens, wait for that, so many seconds."""
        if not self.looks:
            try:
                self._stirred.get(timeout=patience)
            except Empty:
                return
        begun = self._begun
        time.sleep(_GLANCE)
        if self._lead.is_held_up(_HELD_UP) and is_blocked(self.leader) and self._lead.take_away(_HELD_UP):
            self._call_another()
        happens = begun != self._begun or self._lead.is_answering()
        self._quiet = 0 if happens else self._quiet + 1
        self.looks = self._quiet < _QUIET
        # Who began to answer just now has not seen that nobody looks.
        self.looks = self.looks or self._lead.is_answering()
