"""The audit: one chain for all processes of a store. One of them extends it, and the others go on from there."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol

from masking_core.audit import AUDIT_HEAD, AuditHead, AuditLine, Entry, line_after
from masking_core.errors import Conflict, StoreUnavailable
from masking_core.instants import Instant
from masking_core.ports.audit import AuditStore
from masking_core.ports.keys import Vault
from masking_core.ports.records import RecordStore
from masking_core.sealed import Sealed
from masking_core.services.current_keys import under_current_keys
from masking_core.services.sealed_record import Form, SealedRecord

HEAD: Final = Form(AUDIT_HEAD, AuditHead(), AuditHead.from_bytes)

_PAGE: Final = 500
_ATTEMPTS: Final = 1_000
"""How often others may be faster; each time they are, the chain has grown."""


class Keeping(AuditStore, RecordStore, Protocol):
    """What the audit is kept in."""


class Audit:
    """The audit of one store."""

    def __init__(self, store: Keeping, vault: Vault) -> None:
        """Take the ports."""
        self._store = store
        self._vault = vault
        self._record = SealedRecord(store, vault, HEAD)
        self._known: tuple[Sealed | None, AuditHead] | None = None

    def extend(self, entries: Sequence[Entry]) -> None:
        """Store entries, one at least; they are durable once this returns. For one thread at a time.

        Raises StoreUnavailable, and then nobody knows whether they are stored; and KeysChanged.
        """
        known, self._known = self._known, None
        for _ in range(_ATTEMPTS):
            stored, head = known or self._read()
            lines = list(_chained(head, entries))
            extended = replace(head, last=lines[-1].number, digest=lines[-1].digest)
            try:
                self._known = self._put(stored, extended, lines)
            except Conflict:
                known = None
                continue
            return
        raise StoreUnavailable("the audit is being extended by too many others")

    def _read(self) -> tuple[Sealed | None, AuditHead]:
        stored = self._record.stored()
        return stored, self._record.opened(stored)

    def _put(
        self, expected: Sealed | None, head: AuditHead, lines: Sequence[AuditLine]
    ) -> tuple[Sealed | None, AuditHead]:
        def put() -> Sealed:
            key_ids = self._vault.key_ids()
            sealed = self._record.sealed(head)
            self._store.extend_audit(expected, sealed, lines, key_ids)
            return sealed

        return under_current_keys(self._vault, put), head

    def entries(self, after: int = 0, limit: int = _PAGE) -> Sequence[tuple[int, Entry]]:
        """Entries with their numbers, in order, beginning after a number; none when there is no more.

        One that is none any more is left out.
        """
        found: list[tuple[int, Entry]] = []
        while not found and (page := self._store.audit_lines(after, limit)):
            for line in page:
                with suppress(ValueError):
                    found.append((line.number, Entry.from_text(line.text)))
            after = page[-1].number
        return found

    def last(self) -> int:
        """The number of the last line."""
        return self._read()[1].last

    def trim(self, until: Instant) -> int:
        """Forget the entries from before ``until``, and return how many those were."""
        gone = 0
        while True:
            stored, head = self._read()
            below, before = self._cut(head, until)
            if stored is None or below == head.first:
                return gone
            self._forget(stored, replace(head, first=below, before=before), below)
            gone += below - head.first

    def _cut(self, head: AuditHead, until: Instant) -> tuple[int, bytes]:
        """The number of the first line to keep, within one page, and the digest before it.

        What is no entry any more stays, for a check to find.
        """
        below, before = head.first, head.before
        with suppress(ValueError):
            for line in self._store.audit_lines(head.first - 1, _PAGE):
                if line.number > head.last or Entry.from_text(line.text).time >= until:
                    break
                below, before = line.number + 1, line.digest
        return below, before

    def _forget(self, expected: Sealed, head: AuditHead, below: int) -> None:
        def forget() -> None:
            key_ids = self._vault.key_ids()
            self._store.trim_audit(expected, self._record.sealed(head), below, key_ids)

        under_current_keys(self._vault, forget)


def _chained(head: AuditHead, entries: Sequence[Entry]) -> Iterator[AuditLine]:
    before, number = head.digest, head.last
    for entry in entries:
        number += 1
        line = line_after(before, number, entry.to_text())
        before = line.digest
        yield line
