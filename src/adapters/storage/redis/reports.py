"""Status reports, in Redis, beside the record of their session."""

from collections.abc import Sequence

import msgspec

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id, unpack_id
from adapters.storage.redis.work import SLACK
from masking_core.calls import DEFAULT_RETENTION, StatusReport
from masking_core.errors import KeysChanged
from masking_core.instants import Instant
from masking_core.sealed import Sealed
from masking_core.shards import SHARDS

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[int, bytes]).decode
AFTER_EVERY_SESSION = b"\xff"


class RedisReports:
    """``ReportStore``."""

    _link: Link
    _names: Names

    def keep_report(self, report: StatusReport, digests: Sequence[bytes], key_ids: Sequence[str]) -> None:
        """See ``ReportStore``."""
        packed_id = pack_id(report.session_id)
        keys = self._names.session(packed_id, b"k")
        refused = self._link.one(
            script(
                "other/keep_report",
                (self._names.session(packed_id, b"s"), *self._places(packed_id), keys),
                check_writer(self._link.one(command("GET", keys)), key_ids),
                tail(packed_id),
                report.receive_time,
                _pack((report.receive_time, report.body)),
                (DEFAULT_RETENTION + SLACK) // 1_000,
                report.digest,
                *digests,
            )
        )
        if refused:
            raise KeysChanged("the store's keys were changed meanwhile")

    def list_reports(self, session_id: str) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        fields = self._link.one(command("HGETALL", self._names.session(pack_id(session_id), b"r")))
        found = [decoded(digest, session_id, raw) for digest, raw in zip(fields[::2], fields[1::2], strict=True)]
        return sorted(found, key=lambda report: report.receive_time)

    def reports_page(self, after: bytes, limit: int) -> Sequence[StatusReport]:
        """See ``ReportStore``."""
        first = b"(" + after + AFTER_EVERY_SESSION if after else b"-"
        pages = self._link.many(
            [
                command("ZRANGEBYLEX", self._names.shard(shard, b"d"), first, "+", "LIMIT", 0, limit)
                for shard in range(SHARDS)
            ]
        )
        told = [told_apart(member) for member in sorted(member for page in pages for member in page)[:limit]]
        keys = [self._names.session(packed_id, b"r") for _, packed_id in told]
        raws = self._link.many(
            [Command(key, ("HGET", key, digest)) for key, (digest, _) in zip(keys, told, strict=True)]
        )
        return [
            decoded(digest, unpack_id(packed_id), raw)
            for (digest, packed_id), raw in zip(told, raws, strict=True)
            if raw is not None
        ]

    def rekey_report(self, digest: bytes, resealed: StatusReport) -> None:
        """See ``ReportStore``."""
        packed_id = pack_id(resealed.session_id)
        packed = _pack((resealed.receive_time, resealed.body))
        self._link.one(
            script("other/rekey_report", self._places(packed_id), digest, tail(packed_id), resealed.digest, packed)
        )

    def forget_reports(self, digests: Sequence[bytes]) -> None:
        """See ``ReportStore``."""
        found = self._link.many(
            [
                command("ZRANGEBYLEX", self._names.shard(shard, b"d"), b"[" + each, b"[" + each + AFTER_EVERY_SESSION)
                for each in digests
                for shard in range(SHARDS)
            ]
        )
        told = [told_apart(member) for members in found for member in members]
        self._link.many([self._forgetting(digest, packed_id) for digest, packed_id in told])

    def _forgetting(self, digest: bytes, packed_id: bytes) -> Command:
        return script("other/forget_report", self._places(packed_id), digest, tail(packed_id))

    def _forget_reports(self, now: Instant, limit: int) -> int:
        """Forget at most ``limit`` reports of no known session that are past their retention; how many there were."""
        forgotten = 0
        for shard in range(SHARDS):
            key = self._names.shard(shard, b"o")
            due = self._link.one(
                command("ZRANGEBYSCORE", key, "-inf", now - DEFAULT_RETENTION, "LIMIT", 0, limit - forgotten)
            )
            forgotten += sum(self._link.many([self._forgetting(*told_apart(member)) for member in due]))
        return forgotten

    def _places(self, packed_id: bytes) -> tuple[bytes, bytes, bytes]:
        names = self._names
        return names.session(packed_id, b"r"), names.session(packed_id, b"d"), names.session(packed_id, b"o")


def tail(packed_id: bytes) -> bytes:
    """What follows a report's digest where reports are ordered by it."""
    return packed_id + bytes([len(packed_id)])


def told_apart(member: bytes) -> tuple[bytes, bytes]:
    """The digest and the session of a report."""
    length = member[-1] + 1
    return member[:-length], member[-length:-1]


def decoded(digest: bytes, session_id: str, raw: bytes) -> StatusReport:
    """The report of a digest, from what stands with its session."""
    receive_time, body = _unpack(raw)
    return StatusReport(digest, session_id, receive_time, Sealed(body))
