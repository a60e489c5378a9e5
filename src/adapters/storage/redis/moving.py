"""Moving, in Redis."""

import msgspec

from adapters.storage.blocks_shelf import BlocksShelf
from adapters.storage.redis.blocks import RedisBlocks
from adapters.storage.redis.commands import command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.records import RedisRecords
from adapters.storage.redis.shelf_of_numbers import NumbersShelf
from adapters.storage.redis.shelf_of_sessions import SessionsShelf
from adapters.storage.redis.shelves import PoolsShelf, ReportsShelf
from adapters.storage.redis.shelves_of_calls import CallsShelf, HoursShelf
from adapters.storage.redis.standing import RedisStanding
from adapters.storage.redis.transactions import Transactions
from adapters.storage.redis.webhooks import RedisWebhooks
from adapters.storage.small_shelves import AuditShelf, RecordsShelf
from adapters.storage.webhooks_shelf import WebhooksShelf
from masking_core.errors import Conflict, StoreNotReady
from masking_core.moving import CopyMark
from masking_core.ports.moving import Shelves

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[str, bool]).decode


class RedisMoving(RedisStanding, RedisWebhooks, RedisBlocks, RedisRecords):
    """``MovingStore``."""

    _link: Link
    _names: Names
    _pools: PoolMemory
    _transactions: Transactions

    def store_id(self) -> str:
        """See ``MovingStore``."""
        found = self._link.one(command("GET", self._names.only(b"id")))
        if found is None:
            raise StoreNotReady("the Redis database is not migrated; run `masking migrate`")
        return str(found.decode())

    def is_new(self) -> bool:
        """See ``MovingStore``."""
        return self._link.one(command("GET", self._names.only(b"schema"))) is None

    def shelves(self) -> Shelves:
        """See ``MovingStore``."""
        link, names, pools = self._link, self._names, self._pools
        return Shelves(
            pools=PoolsShelf(link, names, pools),
            numbers=NumbersShelf(link, names, pools, self.shown_in),
            sessions=SessionsShelf(link, names, pools, self._transactions),
            reports=ReportsShelf(link, names),
            calls=CallsShelf(link, names),
            hours=HoursShelf(link, names),
            webhooks=WebhooksShelf(self, self._replace_webhooks),
            blocks=BlocksShelf(self, self._replace_block),
            records=RecordsShelf(self, self._replace_record),
            audit=AuditShelf(self, self._count_lines, self._put_lines, self._remove_lines),
        )

    def copy_mark(self) -> CopyMark | None:
        """See ``MovingStore``."""
        raw = self._link.one(command("GET", self._names.only(b"copy")))
        return CopyMark(*_unpack(raw)) if raw else None

    def set_copy_mark(self, expected: CopyMark | None, mark: CopyMark | None) -> None:
        """See ``MovingStore``."""
        key = self._names.only(b"copy")
        if not self._link.one(script("other/set_if", (key,), _packed(expected), _packed(mark), once=True)):
            raise Conflict("the store's mark was changed meanwhile")


def _packed(mark: CopyMark | None) -> bytes:
    return b"" if mark is None else _pack((mark.source, mark.finished))
