"""Whether the audit is whole: nothing altered, left out, put in another order, or cut off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from masking_core.audit import AuditHead, AuditLine, Entry, line_after
from masking_core.errors import SealBroken
from masking_core.ports.keys import Vault
from masking_core.services.audit import HEAD, Keeping
from masking_core.services.sealed_record import SealedRecord

_PAGE: Final = 500
_BEFORE_ALL: Final = -(2**53)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that was seen in an earlier check, to be kept elsewhere than the store."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: the head, as far as it can be read, and what is wrong; nothing for a whole chain."""

    head: AuditHead
    problem: str = ""


class _BrokenError(Exception):
    """What is wrong, in a few words."""


class AuditCheck:
    """Checks the audit of one store, which may be written to meanwhile."""

    def __init__(self, store: Keeping, vault: Vault) -> None:
        """Take the ports."""
        self._store = store
        self._record = SealedRecord(store, vault, HEAD)

    def run(self, mark: Mark | None = None) -> Checked:
        """Check every line, and that the line of ``mark`` is still the same.

        Without a mark, what somebody has brought back whole from an earlier day passes.
        """
        while True:
            checked = self._checked(mark)
            if not checked.problem or not self._was_trimmed(checked.head):
                return checked

    def _checked(self, mark: Mark | None) -> Checked:
        head = AuditHead()
        try:
            head = latest = self._head()
            reached = AuditHead(head.first, head.first - 1, head.before, head.before)
            while True:
                head = latest
                reached = self._follow(reached, head, mark)
                outside = [*self._store.audit_lines(_BEFORE_ALL, 1), *self._store.audit_lines(head.last, 1)]
                # Whoever writes meanwhile extends the head together with the lines.
                latest = self._head()
                if latest == head:
                    _check_ends(head, outside)
                    break
        except SealBroken:
            return Checked(head, "the head was altered, or is sealed with an unknown key")
        except _BrokenError as error:
            return Checked(head, str(error))
        return Checked(head, _gone(head, mark))

    def _was_trimmed(self, head: AuditHead) -> bool:
        """Whether the first lines were forgotten while they were checked."""
        try:
            return self._head().first != head.first
        except SealBroken:
            return False

    def _head(self) -> AuditHead:
        return self._record.opened(self._record.stored())

    def _follow(self, reached: AuditHead, head: AuditHead, mark: Mark | None) -> AuditHead:
        """Go on to the end that the head tells."""
        number, digest = reached.last, reached.digest
        for line in self._lines(number, head.last):
            number += 1
            _check_line(line, number, digest)
            if mark is not None and mark.number == number and mark.digest != line.digest:
                raise _BrokenError(f"line {number} is not the one that was there before")
            digest = line.digest
        if number != head.last:
            raise _BrokenError(f"lines are missing from {number + 1} to the end, which is {head.last}")
        if digest != head.digest:
            raise _BrokenError(f"line {number} is not the one that the chain ended with")
        return AuditHead(head.first, number, head.before, digest)

    def _lines(self, after: int, last: int) -> Iterator[AuditLine]:
        while after < last and (page := self._store.audit_lines(after, min(_PAGE, last - after))):
            yield from (line for line in page if line.number <= last)
            after = page[-1].number


def _check_line(line: AuditLine, number: int, before: bytes) -> None:
    if line.number != number:
        raise _BrokenError(f"line {number} is missing")
    if line_after(before, number, line.text).digest != line.digest:
        raise _BrokenError(f"line {number} was altered")
    try:
        Entry.from_text(line.text)
    except ValueError:
        raise _BrokenError(f"line {number} is no entry") from None


def _check_ends(head: AuditHead, outside: Sequence[AuditLine]) -> None:
    """``outside`` are the very first line, which may be the chain's, and the first one behind the chain."""
    for line in outside:
        if line.number < head.first:
            raise _BrokenError(f"line {line.number} stands before the beginning, which is {head.first}")
        if line.number > head.last:
            raise _BrokenError(f"line {line.number} stands behind the end, which is {head.last}")


def _gone(head: AuditHead, mark: Mark | None) -> str:
    """What is wrong with the chain's length, as somebody knew it before."""
    if mark is None or mark.number <= head.last:
        return ""
    return f"the chain ends with line {head.last}, and line {mark.number} was there before"
