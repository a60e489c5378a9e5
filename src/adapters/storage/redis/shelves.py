"""The shelves of pools and of reports, in Redis."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id, unpack_id
from adapters.storage.redis.pools import PoolMemory, decoded, encoded
from adapters.storage.redis.reports import AFTER_EVERY_SESSION, tail, told_apart
from adapters.storage.redis.reports import decoded as decoded_report
from adapters.storage.redis.work import SLACK
from masking_core.calls import DEFAULT_RETENTION, StatusReport
from masking_core.instants import Instant
from masking_core.pools import Pool
from masking_core.shards import SHARDS

_pack = msgspec.msgpack.Encoder().encode


def members_by_lex(link: Link, keys: Iterable[bytes], first: bytes, limit: int) -> list[bytes]:
    """The members of several sorted sets from ``first`` on, by their bytes, at most ``limit`` of them."""
    pages = link.many([command("ZRANGEBYLEX", key, first, "+", "LIMIT", 0, limit) for key in keys])
    return sorted(member for page in pages for member in page)[:limit]


class PoolsShelf:
    """``Shelf`` of pools."""

    def __init__(self, link: Link, names: Names, pools: PoolMemory) -> None:
        """Take the way to Redis."""
        self._link = link
        self._names = names
        self._pools = pools

    def count(self) -> int:
        """See ``Shelf``."""
        return int(self._link.one(command("ZCARD", self._names.only(b"pools"))))

    def page(self, after: str, limit: int) -> Mapping[str, Pool]:
        """See ``Shelf``."""
        first = f"({after}".encode() if after else b"-"
        while members := members_by_lex(self._link, [self._names.only(b"pools")], first, limit):
            found = self.get([member.decode() for member in members])
            if found:
                return found
            first = b"(" + members[-1]
        return {}

    def get(self, ids: Collection[str]) -> Mapping[str, Pool]:
        """See ``Shelf``."""
        raws = self._link.many([command("GET", self._names.pool(each)) for each in ids])
        return {each: decoded(each, raw) for each, raw in zip(ids, raws, strict=True) if raw is not None}

    def put(self, records: Sequence[Pool], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        if records:
            self._link.one(
                Command(
                    self._names.only(b"pools"),
                    ("ZADD", self._names.only(b"pools"), *(word for each in records for word in (0, each.name))),
                )
            )
            self._link.many([command("SET", self._names.pool(each.name), encoded(each)) for each in records])
            for each in records:
                self._pools.forget(each.name)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        self._link.many([command("DEL", self._names.pool(each)) for each in ids])
        self._link.many([command("ZREM", self._names.only(b"pools"), each) for each in ids])
        for each in ids:
            self._pools.forget(each)


class ReportsShelf:
    """``Shelf`` of status reports, which stand with their sessions, those of no session with none."""

    def __init__(self, link: Link, names: Names) -> None:
        """Take the way to Redis."""
        self._link = link
        self._names = names

    def count(self) -> int:
        """See ``Shelf``."""
        return sum(self._link.many([command("ZCARD", key) for key in self._digests()]))

    def page(self, after: str, limit: int) -> Mapping[str, StatusReport]:
        """See ``Shelf``."""
        first = b"(" + bytes.fromhex(after) + AFTER_EVERY_SESSION if after else b"-"
        while members := members_by_lex(self._link, self._digests(), first, limit):
            found = self._read(members)
            if found:
                return found
            first = b"(" + members[-1]
        return {}

    def get(self, ids: Collection[str]) -> Mapping[str, StatusReport]:
        """See ``Shelf``."""
        return self._read(self._members(ids))

    def put(self, records: Sequence[StatusReport], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        known = self.get([each.digest.hex() for each in records])
        self.remove([each for each, report in known.items()])
        packed_ids = [pack_id(each.session_id) for each in records]
        keys = self._link.many([command("GET", self._names.session(each, b"k")) for each in packed_ids])
        self._link.many(
            [
                script(
                    "other/keep_report",
                    (
                        self._names.session(packed_id, b"s"),
                        *self._places(packed_id),
                        self._names.session(packed_id, b"k"),
                    ),
                    raw or b"",
                    tail(packed_id),
                    record.receive_time,
                    _pack((record.receive_time, record.body)),
                    (DEFAULT_RETENTION + SLACK) // 1_000,
                    record.digest,
                    record.digest,
                )
                for record, packed_id, raw in zip(records, packed_ids, keys, strict=True)
            ]
        )

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        self._link.many(
            [
                script("other/forget_report", self._places(packed_id), digest, tail(packed_id))
                for digest, packed_id in map(told_apart, self._members(ids))
            ]
        )

    def _read(self, members: Sequence[bytes]) -> dict[str, StatusReport]:
        told = [told_apart(member) for member in members]
        keys = [self._names.session(packed_id, b"r") for _, packed_id in told]
        raws = self._link.many([command("HGET", key, digest) for key, (digest, _) in zip(keys, told, strict=True)])
        return {
            digest.hex(): decoded_report(digest, unpack_id(packed_id), raw)
            for (digest, packed_id), raw in zip(told, raws, strict=True)
            if raw is not None
        }

    def _members(self, ids: Collection[str]) -> list[bytes]:
        """How reports with these digests stand among those of whatever shard they are in."""
        digests = [bytes.fromhex(each) for each in ids]
        found = self._link.many(
            [
                command("ZRANGEBYLEX", key, b"[" + digest, b"[" + digest + AFTER_EVERY_SESSION)
                for digest in digests
                for key in self._digests()
            ]
        )
        return [member for members in found for member in members]

    def _digests(self) -> list[bytes]:
        return [self._names.shard(shard, b"d") for shard in range(SHARDS)]

    def _places(self, packed_id: bytes) -> tuple[bytes, bytes, bytes]:
        names = self._names
        return names.session(packed_id, b"r"), names.session(packed_id, b"d"), names.session(packed_id, b"o")
