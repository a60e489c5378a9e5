"""Who did what, when and with what outcome, in a chain in which nothing can be altered unseen.

Each line has a digest of itself and of the line before; the head says which lines there are and what the
last digest is. The head is sealed, so that whoever can write to the store and has no key can neither
alter a line, nor make one up, nor leave any out.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from masking_core.instants import Instant

AUDIT_HEAD: Final = "audit-head"
"""The name of the record, and the place that it is sealed to."""

START: Final = bytes(32)
"""What stands for the digest before the first line."""

_ID: Final = r"(?<![0-9a-f-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f-])"
_TOO_LONG: Final = r"[0-9]{18,}[0-9-]*"
_NUMBER: Final = r"(\+?[0-9][0-9 ()._-]{5,}[0-9])"
_EITHER: Final = re.compile(f"{_ID}|{_TOO_LONG}|{_NUMBER}")
"""What is an id, or has too many digits; or else what could be a number: seven digits, whatever divides them."""


def without_numbers(target: str) -> str:
    """What a caller calls a resource that may be none, without what could be somebody's number."""
    return _EITHER.sub(lambda found: "•••" if found[1] else found[0], target)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did, or was refused.

    ``who`` is ``key <id> <name>``, ``local`` for a caller on this machine where no keys are set up,
    ``anyone`` where none are asked for, or ``command line``. ``action`` is an RPC as in
    ``SessionService.OpenSession``, or a command. ``target`` is a resource's name, and never says whose
    number it is about. ``outcome`` is ``OK``, or the name of the status.
    """

    time: Instant
    who: str
    action: str
    target: str
    outcome: str

    def to_text(self) -> str:
        """The entry as it stands in its line."""
        return "\t".join((str(self.time), *map(_plain, (self.who, self.action, self.target, self.outcome))))

    @classmethod
    def from_text(cls, text: str) -> "Entry":
        """What ``to_text`` made. Raises ValueError for anything else."""
        time, who, action, target, outcome = text.split("\t")
        return cls(int(time), who, action, target, outcome)


def _plain(text: str) -> str:
    """The text without what would end a member or a line."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry in its place in the chain; ``digest`` is that of the digest before and of the text."""

    number: int
    text: str
    digest: bytes


def line_after(before: bytes, number: int, text: str) -> AuditLine:
    """The line with this number and text behind the digest ``before``."""
    return AuditLine(number, text, hashlib.sha256(b"%b%d\n%b" % (before, number, text.encode())).digest())


def line_id(number: int) -> str:
    """The number of a line as text that sorts as numbers do."""
    return f"{number:019}"


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where the chain begins and ends.

    The lines are those from ``first`` to ``last``; ``before`` is the digest that the first of them
    goes on from, ``digest`` that of the last.
    """

    first: int = 1
    last: int = 0
    before: bytes = START
    digest: bytes = START

    def to_bytes(self) -> bytes:
        """The head as text, to be sealed."""
        return f"{self.first} {self.last} {self.before.hex()} {self.digest.hex()}".encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "AuditHead":
        """What ``to_bytes`` made. Raises ValueError for anything else."""
        first, last, before, digest = data.decode("ascii").split(" ")
        return cls(int(first), int(last), bytes.fromhex(before), bytes.fromhex(digest))
