"""What was counted of an hour, as bytes."""

import zlib
from typing import Final

import msgspec

from masking_core.call_counts import CountedRow, HourCounts, Occupied

_VERSION: Final = b"\x02"
_QUICK: Final = 1


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """What every summary needs. Each row, of which there are many, is packed as an array."""

    rows: tuple[CountedRow, ...]
    number_peaks: dict[str, int]
    pool_peak: int
    carried_in: tuple[Occupied, ...]
    carried_out: tuple[Occupied, ...]


_pack = msgspec.msgpack.Encoder().encode
_parts = msgspec.msgpack.Decoder(tuple[bytes, bytes]).decode
_head = msgspec.msgpack.Decoder(_Head).decode
_by_number = msgspec.msgpack.Decoder(tuple[CountedRow, ...]).decode


class CountsCodec:
    """Port: ``CountCodec``. The first byte tells the version; counts of another one are made anew.

    The rows by number are most of it, and stand apart, for few summaries need them.
    """

    def encode(self, counts: HourCounts) -> bytes:
        """See ``CountCodec``."""
        head = _Head(counts.rows, counts.number_peaks, counts.pool_peak, counts.carried_in, counts.carried_out)
        parts = tuple(zlib.compress(_pack(part), _QUICK) for part in (head, counts.by_number))
        return _VERSION + _pack(parts)

    def decode(self, data: bytes, *, by_number: bool) -> HourCounts | None:
        """See ``CountCodec``."""
        if not data.startswith(_VERSION):
            return None
        try:
            packed_head, packed_numbers = _parts(data[len(_VERSION) :])
            head = _head(zlib.decompress(packed_head))
            numbers = _by_number(zlib.decompress(packed_numbers)) if by_number else ()
        except (msgspec.DecodeError, zlib.error):
            return None
        return HourCounts(head.rows, numbers, head.number_peaks, head.pool_peak, head.carried_in, head.carried_out)
