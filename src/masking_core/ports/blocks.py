"""The port that keeps blocked numbers."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.blocks import Block
from masking_core.sealed import LookupKey


class BlockStore(Protocol):
    """Keeps blocks. ``find_route`` tells of each from the return of ``put_block`` to that of ``remove_block``."""

    def put_block(self, known: Block | None, block: Block, key_ids: Sequence[str]) -> None:
        """Store a block in the place of ``known``, of none for None, known by its look-up keys alone; durable.

        Raises Conflict unless ``known`` is what is stored under its id, and KeysChanged.
        """
        ...

    def find_blocks(self, lookups: Sequence[LookupKey]) -> Sequence[str]:
        """The ids of the blocks that are known by any of these look-up keys."""
        ...

    def get_block(self, block_id: str) -> Block | None:
        """The block, or None."""
        ...

    def list_blocks(self, after: str, limit: int) -> Sequence[Block]:
        """At most ``limit`` blocks by id, beginning after the id ``after``."""
        ...

    def remove_block(self, block_id: str, lookups: Sequence[LookupKey]) -> bool:
        """Remove a block, and tell whether it was there; ``lookups`` are its number's as the caller knows them.

        By these it is found no more even where an addition that died has left nothing but them.
        """
        ...
