"""The names of keys. Everything in one pair of braces lies in one hash slot.

| key | holds |
| --- | --- |
| ``c<look-up key>`` | hash: all that a callback of this caller needs (see ``route_packing.py``) |
| ``{i<shard>}s<session>`` | the session's record |
| ``{i<shard>}t<session>`` | what is under way with it |
| ``{i<shard>}p`` | sorted set: sessions with something under way, by the end of its lease |
| ``{i<shard>}i<pool>`` | sorted set: the pages that list the pool's sessions of this shard |
| ``{i<shard>}l<pool>`` | hash: page → ids of sessions (see ``lua/shard/_common.lua``) |
| ``{i<shard>}k`` | the keys that writers of this shard must have |
| ``{i<shard>}r<session>`` | hash: status reports by digest |
| ``{i<shard>}d`` | sorted set: digests of this shard's reports, each with its session |
| ``{i<shard>}o`` | sorted set: reports of no known session, by time |
| ``{i<shard>}c<call>`` | a call's record |
| ``{i<shard>}b``, ``{i<shard>}f`` | sorted set and hash: the shard's calls by all that they are found by, under \
headings with many calls and with few (see ``call_index.py``) |
| ``{i<shard>}x`` | sorted set: the shard's calls by when they may be forgotten |
| ``{i<shard>}h<pool>`` | hash: the versions of the hours in which the shard's calls began |
| ``{i<shard>}y`` | sorted set: these hours by their beginning |
| ``{i<shard>}e`` | stream: the events of this shard's sessions and calls |
| ``{i00}w`` | the webhook credentials, sealed |
| ``{i00}z<name>`` | a record that is sealed whole: the API keys, the head of the audit |
| ``{i00}a`` | sorted set: the lines of the audit by their number |
| ``{i00}v`` | hash: when a webhook came last, by kind and apiId |
| ``{p<pool>}`` and more | the pool's policy, its numbers, their loads and reservations (see ``lua/pool``) |
| ``{p<pool>}c<hour>``, ``{p<pool>}j<day>`` | what was counted of an hour, and of a day |
| ``{p<pool>}g`` | hash: how full the pool was on each day, and what was told of it |
| ``{n<number>}`` | the pool that holds a virtual number |
| ``{n<number>}p`` | hash: tries of PINs on a number dialled |
| ``{n<number>}p<call>`` | set: what was tried on one call |
| ``{m<subject>}b`` | sorted set: the calls that a meter counts, by when they began |
| ``{m<subject>}u`` | sorted set: those of them that go on, by when they end if nobody tells |
| ``{m<subject>}a<attempt>`` | that an attempt to count has counted |
| ``{$<purse>}`` | hash: what a pool has spent on a day, in all and by call |
| ``{q<request id>}`` | the session opened for a request |
| ``{f<reference>}`` | sorted set: the sessions with this reference, by id |
| ``{a}...`` | what there is one of: schema, name of the store, mark of a copy, keys, names of pools, blocks, a lock |
"""

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass

from masking_core.sealed import LookupKey
from masking_core.shards import shard_of

_URL_SAFE = bytes.maketrans(b"+/", b"-_")

CALLER_BYTES = 13
"""So much of a look-up key names a caller: no two meet in practice, and so short a name takes half the memory."""


@dataclass(frozen=True, slots=True)
class Names:
    """Keys under one prefix."""

    prefix: bytes

    def caller(self, lookup: LookupKey) -> bytes:
        """The hash of one caller."""
        return b"%bc%b" % (self.prefix, lookup[:CALLER_BYTES])

    def shard(self, shard: int, kind: bytes, rest: bytes = b"") -> bytes:
        """A key of a shard."""
        return b"%b{i%02x}%b%b" % (self.prefix, shard, kind, rest)

    def session(self, packed_id: bytes, kind: bytes) -> bytes:
        """A key of a session, or of its shard's index where ``kind`` says so."""
        return self.shard(shard_of(packed_id), kind, packed_id if kind in (b"s", b"t", b"r") else b"")

    def index(self, shard: int, pool: str) -> tuple[bytes, bytes]:
        """The keys that list the sessions of a pool in one shard."""
        return self.shard(shard, b"i", pool.encode()), self.shard(shard, b"l", pool.encode())

    def call(self, call_id: str) -> bytes:
        """The record of a call."""
        packed = call_id.encode()
        return self.shard(shard_of(packed), b"c", packed)

    def calls(self, shard: int) -> tuple[bytes, bytes]:
        """The index of a shard's calls: the headings with many, and those with few."""
        return self.shard(shard, b"b"), self.shard(shard, b"f")

    def events(self, shard: int) -> bytes:
        """The events of a shard."""
        return self.shard(shard, b"e")

    def pool(self, name: str, kind: bytes = b"") -> bytes:
        """A key of a pool."""
        return b"%b{p%b}%b" % (self.prefix, name.encode(), kind)

    def pool_keys(self, name: str, lease: bytes = b"") -> tuple[bytes, ...]:
        """Every key that a script on a pool's slot may touch, in the order of ``lua/pool/_common.lua``."""
        kinds = (b"n", b"l", b"h", b"r", b"a", b"w", b"q", b"i", b"d", b"u", b"m", b"L", b"E", b"x" + lease)
        return tuple(self.pool(name, kind) for kind in kinds)

    def number(self, number: str) -> bytes:
        """Where a virtual number's pool stands."""
        return b"%b{n%b}" % (self.prefix, number.encode())

    def tries(self, dialled: str, call_id: str = "") -> bytes:
        """Where tries of PINs stand: those on a number, or of one call to it."""
        return b"%bp%b" % (self.number(dialled), call_id.encode())

    def meter(self, subject: str) -> tuple[bytes, bytes]:
        """The calls that a meter counts, and those of them that go on."""
        tag = b"%b{m%b}" % (self.prefix, subject.encode())
        return tag + b"b", tag + b"u"

    def attempt(self, subject: str, token: bytes) -> bytes:
        """Where an attempt to count on a meter is noted."""
        return b"%b{m%b}a%b" % (self.prefix, subject.encode(), token)

    def purse(self, name: str) -> bytes:
        """What a pool has spent on a day."""
        return b"%b{$%b}" % (self.prefix, name.encode())

    def request(self, request_id: str) -> bytes:
        """Where a request's session stands."""
        return b"%b{q%b}" % (self.prefix, request_id.encode())

    def reference(self, reference: str) -> bytes:
        """The index of a reference, which may be any text."""
        return b"%b{f%b}" % (self.prefix, short(reference))

    def only(self, kind: bytes) -> bytes:
        """A key that there is one of."""
        return b"%b{a}%b" % (self.prefix, kind)


def short(text: str) -> bytes:
    """A name for any text that is of one length and has no character that means something in a key."""
    return printable(hashlib.blake2b(text.encode(), digest_size=16).digest())


def printable(raw: bytes) -> bytes:
    """Bytes as they stand in a key: in URL-safe base64, without what would fill it up."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=")
