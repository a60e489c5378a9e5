"""Real numbers that the operator has blocked everywhere."""

from dataclasses import dataclass

from masking_core.instants import Instant
from masking_core.sealed import Caller


@dataclass(frozen=True, slots=True)
class Block:
    """A blocked number: sealed at ``block_place``, and known by its look-up keys. ``note`` says why, for people."""

    block_id: str
    number: Caller
    create_time: Instant
    note: str = ""
