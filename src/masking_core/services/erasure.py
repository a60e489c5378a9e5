"""Forgetting a person."""

from dataclasses import dataclass

from masking_core.call_merging import without
from masking_core.call_records import CallQuery, CallRecord
from masking_core.instants import Clock
from masking_core.limits import caller_subject
from masking_core.phone_number import RealNumber
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.sealed import LookupKey, report_place
from masking_core.sessions import SessionQuery

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done: sessions that ran and were closed, all that were forgotten, calls and reports."""

    sessions_closed: int
    sessions_forgotten: int
    calls_anonymised: int
    reports_forgotten: int


class Erasing:
    """Removes everything that is tied to a real number.

    Sessions go whole, with their routes; a running one is closed first. Calls stay as figures: who
    is erased is taken out of them for good, the other side stays. Reports, in which the number
    stands as the provider told it, go. So do what was counted of the number, and a block of it.
    """

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        """Take the ports."""
        self._store = store
        self._vault = vault
        self._clock = clock

    def erase(self, number: RealNumber) -> Erasure:
        """Erase a person. Doing it again, or after it was interrupted, removes what is left."""
        self._vault.refresh()
        lookups = self._vault.lookups(number)
        closed, forgotten, reports = self._sessions(lookups)
        calls = self._calls(lookups)
        self._store.forget_counted([caller_subject(lookup) for lookup in lookups])
        for block_id in self._store.find_blocks(lookups):
            self._store.remove_block(block_id, lookups)
        reports += self._reports(number)
        self._store.scrub()
        return Erasure(closed, forgotten, calls, reports)

    def _sessions(self, lookups: tuple[LookupKey, ...]) -> tuple[int, int, int]:
        """How many were closed, how many were forgotten, and how many reports with them."""
        closed = forgotten = reports = 0
        query = SessionQuery(lookups=lookups, limit=_PAGE)
        while page := self._store.list_sessions(query, self._clock()):
            for session in page:
                closed += session.is_active(self._clock())
                self._store.close_session(session.session_id, self._clock())
                reports += len(self._store.list_reports(session.session_id))
                self._store.forget_session(session.session_id)
                forgotten += 1
        return closed, forgotten, reports

    def _calls(self, lookups: tuple[LookupKey, ...]) -> int:
        anonymised = 0
        query = CallQuery(lookups=lookups, limit=_PAGE)
        while page := self._store.list_calls(query):
            anonymised += sum(self._anonymise(call, lookups) for call in page)
        return anonymised

    def _anonymise(self, listed: CallRecord, lookups: tuple[LookupKey, ...]) -> bool:
        call: CallRecord | None = listed
        while call is not None:
            if self._store.replace_call(call, without(call, lookups), self._vault.key_ids()):
                return True
            call = self._store.get_call(call.call_id)
        return False

    def _reports(self, number: RealNumber) -> int:
        """Reports are sealed whole, so each is opened and looked through."""
        forgotten, after = 0, b""
        while page := self._store.reports_page(after, _PAGE):
            told = [
                report.digest
                for report in page
                if number.digits.encode() in self._vault.unseal_bytes(report.body, report_place(report.digest))
            ]
            if told:
                self._store.forget_reports(told)
            forgotten += len(told)
            after = page[-1].digest
        return forgotten
