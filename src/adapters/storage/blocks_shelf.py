"""The shelf of blocks, the same over every backend."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from masking_core.blocks import Block
from masking_core.instants import Instant
from masking_core.ports.blocks import BlockStore

_PAGE: Final = 1_000


class BlocksShelf:
    """``Shelf`` of blocks."""

    def __init__(self, store: BlockStore, replace: Callable[[Block], None]) -> None:
        """Take what keeps blocks, and what puts one in the place of whatever is known of it."""
        self._store = store
        self._replace = replace

    def count(self) -> int:
        """See ``Shelf``."""
        count, after = 0, ""
        while page := self._store.list_blocks(after, _PAGE):
            count, after = count + len(page), page[-1].block_id
        return count

    def page(self, after: str, limit: int) -> Mapping[str, Block]:
        """See ``Shelf``."""
        return {block.block_id: block for block in self._store.list_blocks(after, limit)}

    def get(self, ids: Collection[str]) -> Mapping[str, Block]:
        """See ``Shelf``."""
        found = {each: self._store.get_block(each) for each in ids}
        return {each: block for each, block in found.items() if block is not None}

    def put(self, records: Sequence[Block], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        for record in records:
            self._replace(record)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        for each in ids:
            self._store.remove_block(each, ())
