"""Recording what was gathered in portions, one after the other, while the next is gathered.

All of it at once would have the processor and the store to itself for as long as some callers wait. But each portion
costs a round trip of its own, so there are the fewer of them the longer recording takes: what a machine that is busy
lacks is not evenness. Where callers wait for this very interpreter, portions are small whatever that costs.
"""

import time
from collections.abc import Sequence
from typing import Final, Protocol

from masking_core.ports.call_log import Decided
from masking_core.shards import shard_of

_MOST: Final = 8
"""So many portions there are at most."""

_LEAST: Final = 8
"""Decisions that a portion has at least, unless it is the last."""

_CRUMB: Final = 4
"""Decisions that a portion has at most where callers wait for the interpreter that records it."""

_BREATH: Final = 0.0001
"""Seconds between two of those at least, in which they have it."""

_BUSY, _IDLE = 0.5, 0.25
"""Shares of the time: there are half as many portions after recording took more, and twice as many after less."""


class Records(Protocol):
    """What records decisions."""

    def record(self, decisions: Sequence[Decided]) -> None:
        """Record decisions, durably; the same again change nothing. Raises MaskingError."""
        ...


class Portions:
    """Has decisions recorded evenly."""

    def __init__(self, records: Records, *, beside_callers: bool = False) -> None:
        """Take what records, and whether callers wait for this interpreter."""
        self._records = records
        self._beside_callers = beside_callers
        self._number = _MOST

    def record(self, decisions: Sequence[Decided], seconds: float) -> None:
        """Record decisions, durably, in so many seconds if that is possible. Raises as ``Records`` do.

        What is left when the time is over is recorded at once.
        """
        begun, taken, first = time.monotonic(), 0.0, 0
        size, breath = max(_LEAST, -(-len(decisions) // self._number)), 0.0
        if self._beside_callers:
            size, breath = _CRUMB, _BREATH
        ordered = sorted(decisions, key=_shard) if len(decisions) > size else decisions
        while first < len(ordered):
            time.sleep(max(breath, begun + seconds * first / len(ordered) - time.monotonic()))
            before = time.monotonic()
            last = first + size if before < begun + seconds else len(ordered)
            self._records.record(ordered[first:last])
            taken += time.monotonic() - before
            first = last
        if seconds and taken > _BUSY * seconds:
            self._number = max(self._number // 2, 1)
        elif taken < _IDLE * seconds:
            self._number = min(self._number * 2, _MOST)


def _shard(decided: Decided) -> int:
    """What a call has in common with those that are recorded at less cost when they are together."""
    return shard_of(decided.call.call_id.encode())
