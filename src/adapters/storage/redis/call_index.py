"""How the calls of a shard are found: each stands in the shard's index under several headings.

A call's **place** under a heading has an order of bytes that is that of (time, id)::

    time 8 (counted from the least) | id

A **heading** is of a kind, and says what the calls under it have in common::

    kind 1 | length of the value 1 | value

| kind | value | |
| --- | --- | --- |
| ``a`` | nothing: every call is here | crowded |
| ``p`` | the pool, or nothing for a call of none | crowded |
| ``n`` | whatever was dialled | |
| ``s`` | the session's packed id | |
| ``c`` | a look-up key of the caller or the callee | |
| ``r`` | the provider's name for the call, shortened | |

Most headings have one call or a few, and these stand together, in a hash: heading → places, each behind its length, in
no order. Once there are eight or so, they become a page, and the next begin anew::

    heading               0 1 | pages 1 | places, unless all pages are full
    heading | 0 1 | page 1      places

So a call that enters has a short text written, whatever is there. What a heading has beyond all its pages, and all that
one of a crowded kind has, stands in a sorted set in the order of bytes: heading and place. That is where the latest are
found quickly, but each entry takes Redis several times as long. A key for each heading, to be found, written and given
an end for each call, took it half as long again.

Among those that may be forgotten a call stands with all its headings but the first, should its record have gone by
itself: ``place NUL headings``. The sweeper takes it out; an index expires by itself only once no call has come to its
shard for as long as the last was to be kept.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from adapters.storage.redis.packing import pack_id
from masking_core.call_records import CallRecord
from masking_core.instants import Instant

_TIME = Struct(">Q")
_LEAST = -(1 << 63)
_NO_SESSION = pack_id("")
_LONGEST_VALUE = 255
_LENGTHS = [bytes((length,)) for length in range(_LONGEST_VALUE + 1)]
_HEAD = 2
_NAME_BYTES = 16

BEGINNING = b""
"""Before every place."""

END = b"\xff" * (_TIME.size + 1)
"""Behind every place."""


def heading(kind: bytes, value: bytes = b"") -> bytes:
    """A heading. A longer value than any that is meant is cut: whoever reads looks at the calls as well."""
    if len(value) > _LONGEST_VALUE:
        value = value[:_LONGEST_VALUE]
    return kind + _LENGTHS[len(value)] + value


EVERY = heading(b"a")
"""The heading that all calls stand under."""

_CROWDED = b"ap"
_PAGES = [bytes((0, number)) for number in range(1, 8)]
"""Behind a heading: its pages. ``lua/shard/_common.lua`` has as many."""


def is_crowded(found: bytes) -> bool:
    """Whether no call under this heading stands among the few; ``lua/shard/_common.lua`` says the same."""
    return found[0] in _CROWDED


def fields_of(found: bytes) -> list[bytes]:
    """Where a heading's places stand in the hash, if there are any: under itself, and on its pages."""
    return [found, *(found + page for page in _PAGES)]


def places_in(text: bytes | None) -> Iterator[bytes]:
    """The places in one of these, which may not be there."""
    first = _HEAD if text and text[0] == 0 else 0
    while text and first < len(text):
        last = first + 1 + text[first]
        yield text[first + 1 : last]
        first = last


@lru_cache(maxsize=4_096)
def _usual_heading(kind: bytes, text: str) -> bytes:
    """One that many calls have."""
    return heading(kind, text.encode())


def name_heading(name: str) -> bytes:
    """The heading of the calls that the provider knows by this name."""
    return heading(b"r", hashlib.blake2b(name.encode(), digest_size=_NAME_BYTES).digest())


def headings_of(call: CallRecord, pool: str, session: bytes) -> list[bytes]:
    """The headings that a call of this pool and packed session stands under, that of every call first.

    They are in the same order in every process, which those of a set are not.
    """
    found = [EVERY, _usual_heading(b"p", pool)]
    if call.dialled:
        found.append(_usual_heading(b"n", call.dialled))
    if session != _NO_SESSION:
        found.append(heading(b"s", session))
    found += [heading(b"c", lookup) for lookup in sorted(call.lookups())]
    found += [name_heading(name) for name in call.correlation_ids]
    return found


def pack_time(time: Instant) -> bytes:
    """A moment, so that the order of bytes is that of time; the beginning of every place at that time."""
    return _TIME.pack(time - _LEAST)


def pack_place(time: Instant, call_id: str) -> bytes:
    """Where a call stands among the others."""
    return pack_time(time) + call_id.encode()


def id_of_place(place: bytes) -> str:
    """The call that stands there."""
    return place[_TIME.size :].decode()


def pack_due(place: bytes, headings: Sequence[bytes]) -> bytes:
    """How a call stands among those that may be forgotten; it stands under these headings, that of every call first."""
    return b"%b\0%b" % (place, b"".join(headings[1:]))


def _headings_in(packed: bytes) -> Iterator[bytes]:
    first = 0
    while first < len(packed):
        last = first + _HEAD + packed[first + 1]
        yield packed[first:last]
        first = last


class Standing(NamedTuple):
    """Where a call stands in its shard: its place under these headings, and until when it may not be forgotten."""

    place: bytes = BEGINNING
    headings: tuple[bytes, ...] = ()
    keep_until: Instant = 0

    @classmethod
    def of(cls, call: CallRecord) -> "Standing":
        """Where it stands by its record."""
        headings = headings_of(call, call.pool, pack_id(call.session_id))
        return cls(pack_place(call.time, call.call_id), tuple(headings), call.keep_until)

    @classmethod
    def of_due(cls, due: bytes) -> "Standing":
        """Where one stands that stands thus among those that may be forgotten."""
        call_id, _, packed = due[_TIME.size :].partition(b"\0")
        return cls(due[: _TIME.size] + call_id, (EVERY, *_headings_in(packed)))

    @property
    def due(self) -> bytes:
        """How it stands among those that may be forgotten; nothing for one that stands nowhere."""
        return pack_due(self.place, self.headings) if self.headings else b""


NOWHERE = Standing()
