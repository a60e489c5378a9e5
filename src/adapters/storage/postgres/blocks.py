"""Blocked numbers, in Postgres."""

from collections.abc import Iterator, Sequence

from adapters.storage.codec import decode_block, encode
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Statement, statement
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.blocks import Block
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.sealed import LookupKey


class PostgresBlocks:
    """``BlockStore``."""

    _database: Database

    def put_block(self, known: Block | None, block: Block, key_ids: Sequence[str]) -> None:
        """See ``BlockStore``. Openings under way are waited for: who looks for their sessions afterwards finds them."""

        def work(transaction: Transaction) -> None:
            keys, _, rows = transaction.begin(
                statement("get_keys"),
                statement("lock_subjects", [f"block/{block.block_id}"]),
                statement("get_blocks", [block.block_id]),
                fence=Fence.ALONE,
            )
            check_ring(key_ids, [key_id for key_id, _ in keys])
            if [decode_block(record) for (record,) in rows] != ([] if known is None else [known]):
                raise Conflict("the block was changed meanwhile")
            transaction.commit(*_putting(block))

        self._database.write(work)

    def _replace_block(self, block: Block) -> None:
        """Have a block in the place of whatever is known of it."""
        self._database.write(lambda transaction: transaction.carry_out(*_putting(block)), repeatable=True)

    def find_blocks(self, lookups: Sequence[LookupKey]) -> Sequence[str]:
        """See ``BlockStore``."""
        return [block_id for (block_id,) in self._database.read(statement("find_blocks", list(lookups)))]

    def get_block(self, block_id: str) -> Block | None:
        """See ``BlockStore``."""
        rows = self._database.read(statement("get_blocks", [block_id]))
        return decode_block(rows[0][0]) if rows else None

    def list_blocks(self, after: str, limit: int) -> Sequence[Block]:
        """See ``BlockStore``."""
        return [decode_block(record) for (record,) in self._database.read(statement("list_blocks", after, limit))]

    def remove_block(self, block_id: str, lookups: Sequence[LookupKey]) -> bool:
        """See ``BlockStore``."""
        del lookups
        removing = (statement("lock_subjects", [f"block/{block_id}"]), statement("remove_block", block_id))
        _, rows = self._database.write(lambda transaction: transaction.carry_out(*removing))
        return bool(rows)


def _putting(block: Block) -> Iterator[Statement]:
    """What stores a block, and by what it is known."""
    yield statement("put_block", block.block_id, encode(block))
    yield statement("drop_block_lookups", block.block_id)
    yield statement("put_block_lookups", block.block_id, list(block.number.lookups))
