"""Blocked numbers, in memory."""

from collections.abc import Sequence

from adapters.storage.memory.tables import Tables
from masking_core.blocks import Block
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.sealed import LookupKey


class MemoryBlocks:
    """``BlockStore``."""

    _tables: Tables

    def put_block(self, known: Block | None, block: Block, key_ids: Sequence[str]) -> None:
        """See ``BlockStore``."""
        with self._tables.lock:
            check_ring(key_ids, [key.key_id for key in self._tables.keys])
            if self._tables.blocks.get(block.block_id) != known:
                raise Conflict("the block was changed meanwhile")
            self._replace_block(block)

    def _replace_block(self, block: Block) -> None:
        """Have a block in the place of whatever is known of it."""
        with self._tables.lock:
            self.remove_block(block.block_id, ())
            self._tables.blocks[block.block_id] = block
            for lookup in block.number.lookups:
                self._tables.blocked[lookup] = block.block_id

    def find_blocks(self, lookups: Sequence[LookupKey]) -> Sequence[str]:
        """See ``BlockStore``."""
        with self._tables.lock:
            blocked = self._tables.blocked
            return list(dict.fromkeys(blocked[lookup] for lookup in lookups if lookup in blocked))

    def get_block(self, block_id: str) -> Block | None:
        """See ``BlockStore``."""
        return self._tables.blocks.get(block_id)

    def list_blocks(self, after: str, limit: int) -> Sequence[Block]:
        """See ``BlockStore``."""
        with self._tables.lock:
            return [self._tables.blocks[each] for each in sorted(self._tables.blocks) if each > after][:limit]

    def remove_block(self, block_id: str, lookups: Sequence[LookupKey]) -> bool:
        """See ``BlockStore``."""
        del lookups
        with self._tables.lock:
            known = self._tables.blocks.pop(block_id, None)
            if known is None:
                return False
            for lookup in known.number.lookups:
                if self._tables.blocked.get(lookup) == block_id:
                    del self._tables.blocked[lookup]
            return True
