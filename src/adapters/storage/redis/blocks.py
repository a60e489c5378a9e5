"""Blocked numbers, in Redis: the records in one hash, and a field in the hash of each caller who is blocked.

A callback reads that field together with the caller's route. Callers are told first and the record is
written last, so that a block which is there is in force; one that died in between is in force, is
stored by whoever adds it again, and was not acknowledged.
"""

from collections.abc import Sequence

from adapters.storage.codec import decode_block, encode
from adapters.storage.redis.commands import command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import BLOCKED
from masking_core.blocks import Block
from masking_core.errors import KeysChanged
from masking_core.sealed import LookupKey


class RedisBlocks:
    """``BlockStore``."""

    _link: Link
    _names: Names

    def put_block(self, block: Block, key_ids: Sequence[str]) -> None:
        """See ``BlockStore``."""
        keys = self._names.only(b"keys")
        seen = self._link.one(command("GET", keys))
        check_writer(seen, key_ids)
        self._put_block(block)
        if self._link.one(command("GET", keys)) != seen:
            raise KeysChanged("the store's keys were changed meanwhile")

    def _put_block(self, block: Block) -> None:
        """Store a block, whoever may write."""
        known = self.get_block(block.block_id)
        kept = block.number.lookups
        gone = () if known is None else tuple(each for each in known.number.lookups if each not in kept)
        self._link.many([script("caller/block", (self._names.caller(each),), block.block_id) for each in kept])
        self._link.one(command("HSET", self._names.only(b"blocks"), block.block_id, encode(block)))
        self._unblock(block, gone)

    def _unblock(self, block: Block, lookups: Sequence[LookupKey]) -> None:
        self._link.many([script("caller/unblock", (self._names.caller(each),), block.block_id) for each in lookups])

    def find_blocks(self, lookups: Sequence[LookupKey]) -> Sequence[str]:
        """See ``BlockStore``."""
        found = self._link.many([command("HMGET", self._names.caller(each), BLOCKED) for each in lookups])
        return list(dict.fromkeys(raw.decode() for (raw,) in found if raw is not None))

    def get_block(self, block_id: str) -> Block | None:
        """See ``BlockStore``."""
        raw = self._link.one(command("HGET", self._names.only(b"blocks"), block_id))
        return None if raw is None else decode_block(raw.decode())

    def list_blocks(self, after: str, limit: int) -> Sequence[Block]:
        """See ``BlockStore``."""
        key = self._names.only(b"blocks")
        ids = sorted(raw.decode() for raw in self._link.one(command("HKEYS", key)))
        wanted = [each for each in ids if each > after][:limit]
        raws = self._link.one(command("HMGET", key, *wanted)) if wanted else []
        return [decode_block(raw.decode()) for raw in raws if raw is not None]

    def remove_block(self, block_id: str) -> bool:
        """See ``BlockStore``."""
        known = self.get_block(block_id)
        if known is None:
            return False
        self._unblock(known, known.number.lookups)
        return bool(self._link.one(command("HDEL", self._names.only(b"blocks"), block_id)))
