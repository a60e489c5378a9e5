"""Blocked numbers, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.codec import decode_block, encode
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.keys import check_writer
from adapters.storage.sqlite.sql import statement
from masking_core.blocks import Block
from masking_core.errors import Conflict
from masking_core.sealed import LookupKey


class SqliteBlocks:
    """``BlockStore``."""

    _database: Database

    def put_block(self, known: Block | None, block: Block, key_ids: Sequence[str]) -> None:
        """See ``BlockStore``."""
        with self._database.writing() as connection:
            check_writer(connection, key_ids)
            if _find(connection, block.block_id) != known:
                raise Conflict("the block was changed meanwhile")
            _put(connection, block)

    def _replace_block(self, block: Block) -> None:
        """Have a block in the place of whatever is known of it."""
        with self._database.writing() as connection:
            _put(connection, block)

    def find_blocks(self, lookups: Sequence[LookupKey]) -> Sequence[str]:
        """See ``BlockStore``."""
        with self._database.reading() as connection:
            return [block_id for (block_id,) in fetch(connection, statement("find_blocks", len(lookups)), lookups)]

    def get_block(self, block_id: str) -> Block | None:
        """See ``BlockStore``."""
        with self._database.reading() as connection:
            return _find(connection, block_id)

    def list_blocks(self, after: str, limit: int) -> Sequence[Block]:
        """See ``BlockStore``."""
        text = "SELECT record FROM blocks WHERE block_id > ? ORDER BY block_id LIMIT ?"
        with self._database.reading() as connection:
            return [decode_block(record) for (record,) in fetch(connection, text, (after, limit))]

    def remove_block(self, block_id: str, lookups: Sequence[LookupKey]) -> bool:
        """See ``BlockStore``."""
        del lookups
        with self._database.writing() as connection:
            connection.execute("DELETE FROM blocks WHERE block_id = ?", (block_id,))
            return bool(connection.changes())


def _find(connection: apsw.Connection, block_id: str) -> Block | None:
    rows = fetch(connection, "SELECT record FROM blocks WHERE block_id = ?", (block_id,))
    return decode_block(rows[0][0]) if rows else None


def _put(connection: apsw.Connection, block: Block) -> None:
    """Store a block, and by what it is known."""
    connection.execute("DELETE FROM block_lookups WHERE block_id = ?", (block.block_id,))
    connection.execute(
        "INSERT OR REPLACE INTO blocks (block_id, record) VALUES (?, ?)", (block.block_id, encode(block))
    )
    for lookup in block.number.lookups:
        connection.execute(
            "INSERT OR REPLACE INTO block_lookups (lookup, block_id) VALUES (?, ?)", (lookup, block.block_id)
        )
