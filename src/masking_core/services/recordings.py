"""Recordings of calls: which there are is told by the calls' reports, and the provider keeps them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final

from masking_core.call_records import RECORDING_DELETED, CallQuery, CallRecord, CallReport
from masking_core.instants import Clock, Instant
from masking_core.ports.calls import CallStore
from masking_core.ports.keys import Vault
from masking_core.ports.recordings import OpenedRecording, RecordingFiles
from masking_core.services.current_keys import under_current_keys

_PAGE: Final = 500
_MOST_CALLS: Final = 10_000
"""How many calls are looked at for one page of recordings, however few of them were recorded."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that the provider keeps, and the call it is of."""

    file_id: str
    call: CallRecord


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """Some recordings, the latest call's first; ``after`` is where the next page begins, None when there is none."""

    recordings: tuple[Recording, ...]
    after: tuple[Instant, str] | None


class Recordings:
    """The recordings that the provider keeps of calls."""

    def __init__(self, calls: CallStore, files: RecordingFiles, vault: Vault, clock: Clock) -> None:
        """Take the ports."""
        self._calls = calls
        self._files = files
        self._vault = vault
        self._clock = clock

    def list(self, query: CallQuery) -> RecordingPage:
        """The recordings of the calls that ``query`` finds, about ``query.limit`` of them.

        A call has all its recordings on one page. A page ends early, even empty, once many calls were looked at.
        """
        found: list[Recording] = []
        after = query.after
        for _ in range(_MOST_CALLS // _PAGE):
            calls = self._calls.list_calls(replace(query, after=after, limit=_PAGE))
            for call in calls:
                found += [Recording(file_id, call) for file_id in call.recordings]
                after = (call.time, call.call_id)
                if len(found) >= query.limit:
                    return RecordingPage(tuple(found), after)
            if len(calls) < _PAGE:
                return RecordingPage(tuple(found), None)
        return RecordingPage(tuple(found), after)

    def open(self, file_id: str, offset: int) -> AbstractContextManager[OpenedRecording]:
        """See ``RecordingFiles``."""
        return self._files.open(file_id, offset)

    def delete(self, file_id: str) -> None:
        """Delete a recording at the provider and from the lists; one that is gone is no error.

        Raises what ``RecordingFiles`` raises, and StoreUnavailable; then the same again finishes it.
        """
        self._files.delete(file_id)
        now = self._clock()
        under_current_keys(self._vault, lambda: self._note_deleted(file_id, now))

    def _note_deleted(self, file_id: str, now: Instant) -> None:
        noted = (CallReport(recording_file_id=file_id, recording_status=RECORDING_DELETED, receive_time=now),)
        fragments = [
            CallRecord(call.call_id, reports=noted, keep_until=call.keep_until)
            for call in self._calls.find_calls(file_id)
            if file_id in call.recordings
        ]
        if fragments:
            self._calls.record_calls(fragments, self._vault.key_ids())
