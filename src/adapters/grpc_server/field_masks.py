"""Field masks: which fields of a message an update means."""

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask

from masking_core.errors import InvalidArgument

EVERYTHING = "*"


def named_fields(mask: FieldMask, allowed: Collection[str], implied: Collection[str]) -> frozenset[str]:
    """The paths of a mask, or those ``implied`` by ``*`` and by an empty mask.

    Raises InvalidArgument naming ``update_mask`` for a path that is not ``allowed``.
    """
    paths = frozenset(mask.paths) or frozenset({EVERYTHING})
    if paths == {EVERYTHING}:
        return frozenset(implied)
    if not paths <= set(allowed):
        raise InvalidArgument("update_mask", f"may name {', '.join(allowed)}, or * alone")
    return paths
