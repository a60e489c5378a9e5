"""Which webhook or RPC a thread is at work for, so that every line it logs says so.

The id is the provider's for a webhook and the client's for an RPC. Both come from outside: what
could be somebody's number, or a text of any kind, is not repeated, and an id of ours takes its place.
"""

import re
import secrets
from contextvars import ContextVar
from typing import Final

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACE: Final = re.compile(r"[0-9a-f]{32}")
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_SEPARATORS: Final = re.compile(r"[._:-]")
_NUMBER: Final = re.compile(r"[0-9]{7}")


class Correlation:
    """The id of what one thread is at work for; it is looked at when a line is logged, and costs nothing before."""

    __slots__ = ("_given", "_shown")

    def __init__(self, given: str = "") -> None:
        """Take an id from outside, or none."""
        self._given = given
        self._shown = ""

    def take(self, given: str) -> None:
        """The id has become known."""
        self._given, self._shown = given, ""

    def __str__(self) -> str:
        """The id as it may be shown."""
        if not self._shown:
            self._shown = self._given if is_showable(self._given) else secrets.token_hex(8)
        return self._shown


def is_showable(given: str) -> bool:
    """Whether an id from outside can be repeated: a UUID, a trace's id, or a word that no number stands in."""
    if _UUID.fullmatch(given) or (_TRACE.fullmatch(given) and not given.isdigit()):
        return True
    return _WORD.fullmatch(given) is not None and _NUMBER.search(_SEPARATORS.sub("", given)) is None


_current: Final[ContextVar[Correlation | None]] = ContextVar("masking_correlation", default=None)


def begin(given: str = "") -> Correlation:
    """From here on this thread is at work for one webhook or RPC."""
    correlation = Correlation(given)
    _current.set(correlation)
    return correlation


def end() -> None:
    """It is at work for nobody in particular."""
    _current.set(None)


def current() -> Correlation | None:
    """What this thread is at work for, if anything."""
    return _current.get()
