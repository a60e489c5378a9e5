"""What was counted of an hour, as bytes."""

import msgspec

from masking_core.call_counts import HourCounts

_VERSION = b"\x01"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(HourCounts).decode


class CountsCodec:
    """Port: ``CountCodec``. The first byte tells the version; counts of another one are made anew."""

    def encode(self, counts: HourCounts) -> bytes:
        """See ``CountCodec``."""
        return _VERSION + _encode(counts)

    def decode(self, data: bytes) -> HourCounts | None:
        """See ``CountCodec``."""
        if not data.startswith(_VERSION):
            return None
        try:
            return _decode(data[len(_VERSION) :])
        except msgspec.DecodeError:
            return None
