"""Keys and tidying, in memory."""

from collections.abc import Iterator, Sequence
from itertools import islice

from adapters.storage.memory.calls import CallTables, forget_calls
from adapters.storage.memory.limits import LimitTables, forget_limits
from adapters.storage.memory.tables import Tables
from masking_core.calls import DEFAULT_RETENTION
from masking_core.errors import Conflict
from masking_core.events import EVENT_RETENTION
from masking_core.instants import Instant
from masking_core.pools import NumberState
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import LookupKey
from masking_core.sessions import Session


class MemoryKeeping:
    """``KeyStore``, and the sweeping part of ``SessionKeeping``."""

    _tables: Tables
    _calls: CallTables
    _limits: LimitTables

    def get_keys(self) -> tuple[KeyCheck, ...]:
        """See ``KeyStore``."""
        return self._tables.keys

    def set_keys(self, expected: Sequence[KeyCheck], keys: Sequence[KeyCheck]) -> None:
        """See ``KeyStore``."""
        with self._tables.lock:
            if self._tables.keys != tuple(expected):
                raise Conflict("the store's keys were changed meanwhile")
            self._tables.keys = tuple(keys)

    def rekey_number(self, number: str, lookups: Sequence[LookupKey]) -> None:
        """See ``KeyStore``."""
        with self._tables.lock:
            row = self._tables.numbers.get(number)
            if row is not None:
                self._tables.set_number_lookups(row, lookups)

    def sweep(self, now: Instant, limit: int) -> int:
        """See ``SessionKeeping``."""
        tables = self._tables
        with tables.lock:
            steps = tables.unload_expired(now, limit)
            for session in list(islice(self._forgettable(now), limit - steps)):
                tables.drop_session(session)
                steps += 1
            outdated = [
                digest
                for digest, report in tables.reports.items()
                if report.session_id not in tables.sessions and report.receive_time + DEFAULT_RETENTION <= now
            ]
            for digest in outdated[: limit - steps]:
                del tables.reports[digest]
                steps += 1
            drained = [
                row
                for row in tables.numbers.values()
                if row.facts.state is NumberState.DRAINING and not tables.callers_of_number[row.facts.number]
            ]
            for row in drained[: limit - steps]:
                tables.drop_number(row)
                steps += 1
            steps += forget_calls(self._calls, now, limit - steps)
            steps += forget_limits(self._limits, now, limit - steps)
            return steps + tables.events.forget(now - EVENT_RETENTION, limit - steps)

    def _forgettable(self, now: Instant) -> Iterator[Session]:
        for session in self._tables.sessions.values():
            if session.end_time + self._tables.pools[session.pool].policy.retention <= now:
                yield session
