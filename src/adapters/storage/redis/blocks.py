"""Blocked numbers, in Redis: the records in one hash, and a field in the hash of each caller who is blocked.

A callback reads that field together with the caller's route. Callers are told first and the record is
written last, so that a block which is there is in force; one that died in between is in force, is
stored by whoever adds it again, and was not acknowledged.

Whoever opens a session leases its callers' pairs before it is open, and a caller who is blocked is leased
no more. So the sessions that had a lease when callers were told are waited for, or aborted: from then on
whoever looks for a caller's sessions finds all that there will be.
"""

from collections.abc import Sequence

from adapters.storage.codec import decode_block, encode
from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import TOKEN_LENGTH
from adapters.storage.redis.route_packing import BLOCKED, LEASE
from adapters.storage.redis.transactions import Transactions
from masking_core.blocks import Block
from masking_core.errors import Conflict
from masking_core.sealed import LookupKey


class RedisBlocks:
    """``BlockStore``."""

    _link: Link
    _names: Names
    _transactions: Transactions

    def put_block(self, known: Block | None, block: Block, key_ids: Sequence[str]) -> None:
        """See ``BlockStore``. Keys that change meanwhile have all that is stored re-keyed after this."""
        check_writer(self._link.one(command("GET", self._names.only(b"keys"))), key_ids)
        if self.get_block(block.block_id) != known:
            raise Conflict("the block was changed meanwhile")
        self._tell_callers(block)
        self._let_openings_end(block)
        if not self._link.one(self._putting(known, block)) and self.get_block(block.block_id) != block:
            self._unblock(block.block_id, block.number.lookups)
            raise Conflict("the block was changed meanwhile")
        if known is not None:
            self._unblock(block.block_id, [each for each in known.number.lookups if each not in block.number.lookups])

    def _replace_block(self, block: Block) -> None:
        """Have a block in the place of whatever is known of it."""
        self.remove_block(block.block_id, ())
        self._tell_callers(block)
        self._link.one(self._putting(None, block))

    def _tell_callers(self, block: Block) -> None:
        callers = [self._names.caller(each) for each in block.number.lookups]
        self._link.many([script("caller/block", (caller,), block.block_id) for caller in callers])

    def _let_openings_end(self, block: Block) -> None:
        """Have nothing under way with any session that may still get the caller who was just blocked."""
        for fields in self._link.many([command("HGETALL", self._names.caller(each)) for each in block.number.lookups]):
            for field, value in zip(fields[::2], fields[1::2], strict=True):
                if field.startswith(LEASE):
                    self._transactions.overcome(value[TOKEN_LENGTH:], patient=True)

    def _putting(self, known: Block | None, block: Block) -> Command:
        key = self._names.only(b"blocks")
        before = b"" if known is None else encode(known)
        return script("other/put_block", (key,), block.block_id, before, encode(block))

    def _unblock(self, block_id: str, lookups: Sequence[LookupKey]) -> None:
        callers = [self._names.caller(each) for each in lookups]
        self._link.many([script("caller/unblock", (caller,), block_id) for caller in callers])

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

    def remove_block(self, block_id: str, lookups: Sequence[LookupKey]) -> bool:
        """See ``BlockStore``."""
        known = self.get_block(block_id)
        self._unblock(block_id, [*lookups, *(() if known is None else known.number.lookups)])
        gone = self._link.one(command("HDEL", self._names.only(b"blocks"), block_id))
        return bool(gone or known)
