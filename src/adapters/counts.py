"""What was counted of hours and days, as bytes."""

import zlib
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from masking_core.call_counts import CountedRow, HourCounts, Occupied
from masking_core.day_counts import DayCounts, Highest
from masking_core.instants import Instant

Head = TypeVar("Head")

_HOUR: Final = b"\x02"
_DAY: Final = b"\x03"
_QUICK: Final = 1


class _Hour(msgspec.Struct, array_like=True, frozen=True):
    """What every summary needs. Each row, of which there are many, is packed as an array.

    What is added to it later stands at its end and has a default: hours outlive their calls, and are read for ever.
    """

    rows: tuple[CountedRow, ...]
    number_peaks: dict[str, int]
    pool_peak: int
    carried_in: tuple[Occupied, ...]
    carried_out: tuple[Occupied, ...]
    keep_until: Instant = 0


class _Day(msgspec.Struct, array_like=True, frozen=True):
    """The same of a day, which is put together anew where it is of another version."""

    rows: tuple[CountedRow, ...]
    calls: dict[Instant, int]
    number_peaks: dict[str, Highest]
    pool_peak: Highest
    carried_in: tuple[Occupied, ...]
    carried_out: tuple[Occupied, ...]


_pack = msgspec.msgpack.Encoder().encode
_parts = msgspec.msgpack.Decoder(tuple[bytes, bytes]).decode
_hour = msgspec.msgpack.Decoder(_Hour).decode
_day = msgspec.msgpack.Decoder(_Day).decode
_by_number = msgspec.msgpack.Decoder(tuple[CountedRow, ...]).decode


class CountsCodec:
    """Port: ``CountCodec``. The first byte tells what it is of, and the version.

    The rows by number are most of it, and stand apart, for few summaries need them.
    """

    def encode(self, counts: HourCounts) -> bytes:
        """See ``CountCodec``."""
        return _encoded(_HOUR, _Hour, counts)

    def decode(self, data: bytes, *, by_number: bool) -> HourCounts | None:
        """See ``CountCodec``."""
        decoded = _decoded(_HOUR, _hour, data, by_number=by_number)
        if decoded is None:
            return None
        head, numbers = decoded
        carried = head.carried_in, head.carried_out
        return HourCounts(head.rows, numbers, head.number_peaks, head.pool_peak, *carried, head.keep_until)

    def encode_day(self, counts: DayCounts) -> bytes:
        """See ``CountCodec``."""
        return _encoded(_DAY, _Day, counts)

    def decode_day(self, data: bytes, *, by_number: bool) -> DayCounts | None:
        """See ``CountCodec``."""
        decoded = _decoded(_DAY, _day, data, by_number=by_number)
        if decoded is None:
            return None
        head, numbers = decoded
        carried = head.carried_in, head.carried_out
        return DayCounts(head.rows, numbers, head.calls, head.number_peaks, head.pool_peak, *carried)


def _encoded(version: bytes, model: type[msgspec.Struct], counts: HourCounts | DayCounts) -> bytes:
    head = model(*(getattr(counts, name) for name in model.__struct_fields__))
    parts = tuple(zlib.compress(_pack(part), _QUICK) for part in (head, counts.by_number))
    return version + _pack(parts)


def _decoded(
    version: bytes, decode_head: Callable[[bytes], Head], data: bytes, *, by_number: bool
) -> tuple[Head, tuple[CountedRow, ...]] | None:
    if not data.startswith(version):
        return None
    try:
        packed_head, packed_numbers = _parts(data[len(version) :])
        head = decode_head(zlib.decompress(packed_head))
        return head, _by_number(zlib.decompress(packed_numbers)) if by_number else ()
    except (msgspec.DecodeError, zlib.error):
        return None
