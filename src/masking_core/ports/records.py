"""The port that keeps what every process must know and nobody may make up: records that are sealed whole."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.sealed import Sealed


class RecordStore(Protocol):
    """Keeps a few sealed records, each under its name."""

    def get_record(self, name: str) -> Sealed | None:
        """The record as it was stored last, by any process; None when there is none."""
        ...

    def set_record(self, name: str, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """Store a record in the place of ``expected``, of none for None; durable once this returns.

        ``key_ids`` is the ring it is sealed under. Raises Conflict unless ``expected`` is what is
        stored, and KeysChanged.
        """
        ...
