"""The keys a store is written under, in Redis.

They stand once for whoever asks, and once in every shard, where each opening, change and report
compares them in the script that begins it. A change of keys goes to every shard and aborts what
was begun there under other keys and is not committed; only then is it acknowledged.
"""

from collections.abc import Sequence
from contextlib import suppress
from struct import Struct

import msgspec

from adapters.storage.redis.commands import command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.lock import keeping_numbers
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import Phase
from adapters.storage.redis.transactions import Transactions
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.ports.keys import KeyCheck
from masking_core.shards import SHARDS

_CHANGE = Struct(">Q")
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[str, str]]).decode


def check_writer(raw: bytes | None, key_ids: Sequence[str]) -> bytes:
    """The keys as a script compares them. Raises KeysChanged unless the ring ``key_ids`` may write."""
    check_ring(key_ids, [key.key_id for key in _decoded(raw)])
    return raw or b""


class RedisKeys:
    """``KeyStore``, but for the numbers."""

    _link: Link
    _names: Names
    _transactions: Transactions

    def get_keys(self) -> tuple[KeyCheck, ...]:
        """See ``KeyStore``. What a change that died has not told the shards, they are told now."""
        names = self._names
        raw, *shards = self._link.many(
            [command("GET", names.only(b"keys")), *(command("GET", names.shard(each, b"k")) for each in range(SHARDS))]
        )
        if raw is not None and any(shard is None or shard < raw for shard in shards):
            with suppress(Conflict), keeping_numbers(self._link, names):
                raw = self._link.one(command("GET", names.only(b"keys")))
                self._tell_shards(raw)
        return _decoded(raw)

    def set_keys(self, expected: Sequence[KeyCheck], keys: Sequence[KeyCheck]) -> None:
        """See ``KeyStore``."""
        key = self._names.only(b"keys")
        with keeping_numbers(self._link, self._names):
            raw = self._link.one(command("GET", key))
            change = _CHANGE.unpack_from(raw)[0] + 1 if raw else 1
            new = _CHANGE.pack(change) + _pack([(each.key_id, each.check) for each in keys])
            if _decoded(raw) != tuple(expected) or not self._link.one(
                script("other/set_if", (key,), raw or b"", new, once=True)
            ):
                raise Conflict("the store's keys were changed meanwhile")
            self._tell_shards(new)

    def _tell_shards(self, raw: bytes) -> None:
        names = self._names
        underway = self._link.many(
            [
                script("other/fence", (names.shard(shard, b"k"), names.shard(shard, b"p")), raw)
                for shard in range(SHARDS)
            ]
        )
        for packed_ids in underway:
            for packed_id in packed_ids:
                self._abort(packed_id)

    def _abort(self, packed_id: bytes) -> None:
        found = self._transactions.read(packed_id)
        if found is not None and found.record.phase in (Phase.OPENING, Phase.REVISING):
            self._transactions.abort(packed_id, found.token)
        self._transactions.finish(packed_id)


def _decoded(raw: bytes | None) -> tuple[KeyCheck, ...]:
    return tuple(KeyCheck(*each) for each in _unpack(raw[_CHANGE.size :])) if raw else ()
