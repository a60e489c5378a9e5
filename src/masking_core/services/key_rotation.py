"""Moving a store to a new key while it serves.

Every number is looked up under every key of the ring, so processes whose rings share a key find
what the other wrote. A rotation from key *a* to key *b* changes the ring (one file, which every
process takes up within the pause) and the keys that the store demands of writers, in turn, so that
at no moment two processes meet whose rings do not fit:

    ring a    store a      before
    ring a b  store a      b is known, and looked up by
    ring a b  store a b    nobody writes without b any more
    ring b a  store a b    b seals
    ring b a  store b      nobody seals with a any more; everything stored is re-sealed
    ring b    store b      a is gone; its look-up keys are removed

Each state says what the next step is, so an interrupted rotation goes on where it was; one that died in
the last step is told by what still stands under the old key.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from masking_core.blocks import Block
from masking_core.call_records import CallQuery, CallRecord
from masking_core.calls import StatusReport
from masking_core.errors import Conflict, StoreNotReady, StoreUnavailable
from masking_core.instants import Clock
from masking_core.keys import rekeyed, rekeyed_block, rekeyed_call
from masking_core.limits import caller_subject
from masking_core.phone_number import RealNumber
from masking_core.ports.keys import KeyCheck, KeyRing, Vault
from masking_core.ports.numbers import NumberQuery
from masking_core.ports.store import Store
from masking_core.sealed import Caller, report_place
from masking_core.services.api_keys import KEY_TABLE
from masking_core.services.audit import HEAD
from masking_core.services.sealed_record import SealedRecord
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.sessions import Session, SessionQuery

_BATCH = 200

Progress = Callable[[str, int], None]
"""Told what is re-sealed (``sessions``, ``numbers``, ``blocks``, ``calls``, ``reports``) and how many are done."""


def fit_keys(store: Store, vault: Vault) -> None:
    """Make sure that the ring is the store's; a new store takes the ring's keys as its own.

    Raises StoreNotReady when the ring lacks a key of the store, or has another key of that name, and
    StoreUnavailable while the store is being copied into. After this nothing more is copied into it.
    """
    _take_into_use(store)
    if not store.get_keys():
        with suppress(Conflict):  # another process was first
            store.set_keys((), vault.checks())
    ring = {check.key_id: check.check for check in vault.checks()}
    for key in store.get_keys():
        if ring.get(key.key_id) != key.check:
            raise StoreNotReady(f"the key file lacks key {key.key_id}, under which this store is written")


def _take_into_use(store: Store) -> None:
    while (mark := store.copy_mark()) is not None:
        if not mark.finished:
            raise StoreUnavailable("this store holds an unfinished copy; run the same `masking copy` again")
        with suppress(Conflict):  # another process took it into use, or copies into it once more
            store.set_copy_mark(mark, None)


class KeyRotation:
    """Moves a store and its ring to a new key."""

    def __init__(
        self, store: Store, vault: Vault, ring: KeyRing, clock: Clock, pause: Callable[[], None], progress: Progress
    ) -> None:
        """Take the ports; ``pause`` returns when every process has taken up a ring that was changed before."""
        self._store = store
        self._vault = vault
        self._ring = ring
        self._clock = clock
        self._pause = pause
        self._progress = progress

    def rotate(self) -> str:
        """Rotate, or finish the rotation that was begun, and return the id of the key that seals now.

        In the end the store overwrites what stood in it under the old key, as far as it can.
        """
        if len(self._ring.key_ids()) > 1 or not self._rekey_everything():
            self._begin_or_go_on()
        self._store.scrub()
        return self._ring.key_ids()[0]

    def _begin_or_go_on(self) -> None:
        if len(self._ring.key_ids()) == 1:
            self._ring.add()
        while not self._step():
            pass

    def _step(self) -> bool:
        """Take the step that ring and store call for; True when there is none left."""
        self._vault.refresh()
        stored = {key.key_id for key in self._store.get_keys()}
        sealing, *others = self._ring.key_ids()
        if not others:
            self._pause()
            self._rekey_everything()
            return True
        other = others[0]
        if stored == {sealing} and self._is_newest(other):
            self._pause()
            self._demand(sealing, other)
        elif stored == {sealing, other} and self._is_newest(other):
            self._ring.promote(other)
        elif stored == {sealing, other}:
            self._pause()
            self._demand(sealing)
        else:
            self._rekey_everything()
            self._ring.retire(other)
        return False

    def _is_newest(self, key_id: str) -> bool:
        return max(self._ring.key_ids()) == key_id

    def _demand(self, *key_ids: str) -> None:
        keys: list[KeyCheck] = [check for check in self._vault.checks() if check.key_id in key_ids]
        self._store.set_keys(self._store.get_keys(), keys)

    def _rekey_everything(self) -> bool:
        """Bring all that is stored under the ring as it is; whether any of it was not."""
        self._vault.refresh()
        self._rekey_numbers()
        changed = WebhookCredentials(self._store, self._vault).rekey()
        changed = self._rekey_blocks() or changed
        changed = SealedRecord(self._store, self._vault, KEY_TABLE).rekey() or changed
        changed = SealedRecord(self._store, self._vault, HEAD).rekey() or changed
        changed = self._rekey_sessions() or changed
        changed = self._rekey_calls() or changed
        return self._rekey_reports() or changed

    def _rekey_sessions(self) -> bool:
        after, done, changed = "", 0, False
        while page := self._store.list_sessions(SessionQuery(after=after, limit=_BATCH), self._clock()):
            for session in page:
                changed = self._rekey_session(session) or changed
            after, done = page[-1].session_id, done + len(page)
            self._progress("sessions", done)
        return changed

    def _rekey_session(self, listed: Session) -> bool:
        session: Session | None = listed
        while session is not None:
            moved = rekeyed(session, self._vault)
            if moved is None:
                return False
            try:
                self._store.rekey_session(*moved)
            except Conflict:
                session = self._store.get_session(session.session_id)
            else:
                return True
        return False

    def _rekey_numbers(self) -> None:
        after, done = "", 0
        while page := self._store.list_numbers(NumberQuery(after=after, limit=_BATCH)):
            for number in page:
                self._store.rekey_number(number.number, self._vault.lookups(RealNumber(number.number)))
            after, done = page[-1].number, done + len(page)
            self._progress("numbers", done)

    def _rekey_blocks(self) -> bool:
        after, done, changed = "", 0, False
        while page := self._store.list_blocks(after, _BATCH):
            for block in page:
                changed = self._rekey_block(block) or changed
            after, done = page[-1].block_id, done + len(page)
            self._progress("blocks", done)
        return changed

    def _rekey_block(self, listed: Block) -> bool:
        block: Block | None = listed
        while block is not None:
            moved = rekeyed_block(block, self._vault)
            if moved is block:
                return False
            try:
                self._store.put_block(block, moved, self._vault.key_ids())
            except Conflict:
                block = self._store.get_block(block.block_id)
            else:
                return True
        return False

    def _rekey_calls(self) -> bool:
        query, done, changed = CallQuery(limit=_BATCH), 0, False
        while page := self._store.list_calls(query):
            for call in page:
                changed = self._rekey_call(call) or changed
            query, done = replace(query, after=(page[-1].time, page[-1].call_id)), done + len(page)
            self._progress("calls", done)
        return changed

    def _rekey_call(self, listed: CallRecord) -> bool:
        call: CallRecord | None = listed
        while call is not None:
            moved = rekeyed_call(call, self._vault)
            if moved is call:
                return False
            if self._store.replace_call(call, moved, self._vault.key_ids()):
                self._forget_counted(call.caller, moved.caller)
                return True
            call = self._store.get_call(call.call_id)
        return False

    def _forget_counted(self, known: Caller | None, moved: Caller | None) -> None:
        """Forget what was counted of a caller under keys that nobody counts by any more."""
        lost = set(() if known is None else known.lookups) - set(() if moved is None else moved.lookups)
        if lost:
            self._store.forget_counted([caller_subject(lookup) for lookup in lost])

    def _rekey_reports(self) -> bool:
        after, done, changed = b"", 0, False
        while page := self._store.reports_page(after, _BATCH):
            for report in page:
                changed = self._rekey_report(report) or changed
            after, done = page[-1].digest, done + len(page)
            self._progress("reports", done)
        return changed

    def _rekey_report(self, report: StatusReport) -> bool:
        body = self._vault.unseal_bytes(report.body, report_place(report.digest))
        digest = self._vault.digests(body)[0]
        if digest == report.digest:
            return False
        sealed = self._vault.seal_bytes(body, report_place(digest))
        self._store.rekey_report(report.digest, replace(report, digest=digest, body=sealed))
        return True
