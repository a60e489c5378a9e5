"""Sealed records and the audit, in Redis, in the slot of the first shard."""

from collections.abc import Sequence
from math import ceil
from typing import Final

import msgspec

from adapters.storage.redis.commands import Argument, Command, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from masking_core.audit import AUDIT_HEAD, AuditLine
from masking_core.errors import Conflict, KeysChanged
from masking_core.sealed import Sealed

_GREATEST: Final = 2**53
"""The greatest number that a score tells exactly; what somebody puts behind it is read by nobody."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[int, str, bytes]).decode


class RedisRecords:
    """``RecordStore`` and ``AuditStore``."""

    _link: Link
    _names: Names
    _writers_keys: bytes | None = None
    """The keys of the store as they were read last; whether they still are, the script finds out."""

    def get_record(self, name: str) -> Sealed | None:
        """See ``RecordStore``."""
        raw = self._link.one(command("GET", self._names.shard(0, b"z", name.encode())))
        return None if raw is None else Sealed(raw)

    def set_record(self, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``RecordStore``."""
        self._replace(name, expected, sealed, key_ids)

    def extend_audit(
        self, expected: Sealed | None, head: Sealed, lines: Sequence[AuditLine], key_ids: Sequence[str]
    ) -> None:
        """See ``AuditStore``."""
        added = [word for line in lines for word in (line.number, _packed(line))]
        self._replace(AUDIT_HEAD, expected, head, key_ids, added=added)

    def trim_audit(self, expected: Sealed, head: Sealed, below: int, key_ids: Sequence[str]) -> None:
        """See ``AuditStore``."""
        self._replace(AUDIT_HEAD, expected, head, key_ids, below)

    def audit_lines(self, after: int, limit: int) -> Sequence[AuditLine]:
        """See ``AuditStore``."""
        words = (f"({after}", _GREATEST, "WITHSCORES", "LIMIT", 0, limit)
        found = self._link.one(command("ZRANGEBYSCORE", self._audit(), *words))
        return [_unpacked(raw, ceil(float(score))) for raw, score in zip(found[::2], found[1::2], strict=True)]

    def _audit(self) -> bytes:
        return self._names.shard(0, b"a")

    def _replace(
        self,
        name: str,
        expected: Sealed | None,
        sealed: Sealed,
        key_ids: Sequence[str],
        below: int = 0,
        added: Sequence[Argument] = (),
    ) -> None:
        """Put a record in the place of another; with the keys that were known last, so that it takes one round trip."""
        keys = self._names.shard(0, b"k")
        places = (self._names.shard(0, b"z", name.encode()), keys, self._audit())
        fresh = self._writers_keys is None
        while True:
            if fresh:
                self._writers_keys = self._link.one(command("GET", keys)) or b""
            try:
                known = check_writer(self._writers_keys, key_ids)
            except KeysChanged:
                if fresh:
                    raise
                fresh = True
                continue
            refused = self._link.one(
                script("other/put_record", places, known, expected or b"", sealed, below, *added, once=True)
            )
            if refused == b"RECORD":
                raise Conflict("the record was changed meanwhile")
            if not refused:
                return
            if fresh:
                raise KeysChanged("the store's keys were changed meanwhile")
            fresh = True

    def _replace_record(self, name: str, sealed: Sealed | None) -> None:
        key = self._names.shard(0, b"z", name.encode())
        self._link.one(command("DEL", key) if sealed is None else command("SET", key, sealed))

    def _count_lines(self) -> int:
        return int(self._link.one(command("ZCARD", self._audit())))

    def _put_lines(self, lines: Sequence[AuditLine]) -> None:
        self._remove_lines([line.number for line in lines])
        words = [word for line in lines for word in (line.number, _packed(line))]
        self._link.one(command("ZADD", self._audit(), *words))

    def _remove_lines(self, numbers: Sequence[int]) -> None:
        self._link.many([self._removing(number) for number in numbers])

    def _removing(self, number: int) -> Command:
        return command("ZREMRANGEBYSCORE", self._audit(), number, number)


def _unpacked(raw: bytes, number: int) -> AuditLine:
    """The line that stands there; where it was spoilt, what is none."""
    try:
        _, text, digest = _unpack(raw)
    except msgspec.DecodeError:
        return AuditLine(number, "", b"")
    return AuditLine(number, text, digest)


def _packed(line: AuditLine) -> bytes:
    return _pack((line.number, line.text, line.digest))
