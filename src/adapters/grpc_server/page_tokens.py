"""Pages of a list, and the opaque tokens that lead from one to the next.

A token holds the last key seen, so that rows which come and go meanwhile move no other, and a
digest of what was asked, so that it serves that list alone. It is no secret and keeps none:
whoever makes one up reads what they could have asked for anyway. A real number is neither in it
nor in its digest.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from masking_core.errors import InvalidArgument
from masking_core.services.requests import check_page_size

_DIGEST_BYTES = 12
_KEY = re.compile(rb"[A-Za-z0-9+-]{1,96}")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is asked for: it begins after the key ``after``, and holds up to ``size`` items.

    ``asked`` tells the list and its filters from any other.
    """

    after: str
    size: int
    asked: str

    @property
    def limit(self) -> int:
        """How many items to read: one more than the page holds tells whether another follows."""
        return self.size + 1

    def cut(self, items: Sequence[Item], key: Callable[[Item], str]) -> tuple[Sequence[Item], str]:
        """The items of the page among those read, and the token of the next, empty when there is none."""
        if len(items) <= self.size:
            return items, ""
        shown = items[: self.size]
        return shown, self.token(key(shown[-1]))

    def token(self, key: str) -> str:
        """The token of the page that begins after ``key``."""
        return _token(self.asked, key.encode())


def to_page(page_size: int, page_token: str, *asked: object) -> Page:
    """The page a request asks for; ``asked`` is the method and its filters, without any real number.

    Raises InvalidArgument for a negative size, and for a token that this list did not give.
    """
    told = repr(asked)
    return Page(_key(told, page_token), check_page_size(page_size), told)


def _token(asked: str, key: bytes) -> str:
    digest = sha256(asked.encode() + b"\0" + key).digest()[:_DIGEST_BYTES]
    return base64.urlsafe_b64encode(digest + key).decode().rstrip("=")


def _key(asked: str, token: str) -> str:
    if not token:
        return ""
    try:
        key = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)[_DIGEST_BYTES:]
    except ValueError:
        key = b""
    if not _KEY.fullmatch(key) or token != _token(asked, key):
        raise InvalidArgument("page_token", "is not one that this list gave for these filters")
    return key.decode()
