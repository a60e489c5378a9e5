"""Sessions and calls by their ids, in so many shards: what of them lies together in a store that is spread."""

from zlib import crc32

SHARDS = 16
"""Part of the schema of stores that are spread so."""


def shard_of(packed_id: bytes) -> int:
    """The shard of a session, or of a call."""
    return crc32(packed_id) % SHARDS
