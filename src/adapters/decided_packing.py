"""Decisions as bytes, for the process that records them.

``pickle`` would take several times as long, all of it with the interpreter's lock held that callers wait for.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from masking_core.calls import AskPin, Decision, Dial, IncomingCall, Play
from masking_core.instants import Instant
from masking_core.ports.call_log import Decided

_NONE = ""


class _Packed(msgspec.Struct, array_like=True):
    """A decision with the name of its kind in front."""

    kind: str
    decision: msgspec.Raw
    call: IncomingCall
    time: Instant
    keep_until: Instant


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Packed]).decode
_decisions: dict[str, Any] = {kind.__name__: msgspec.msgpack.Decoder(kind) for kind in (Dial, Play, AskPin)}


def pack_decisions(decisions: Sequence[Decided]) -> bytes:
    """Some decisions."""
    return _encode([(_kind(each.decision), each.decision, each.call, each.time, each.keep_until) for each in decisions])


def unpack_decisions(packed: bytes) -> list[Decided]:
    """What ``pack_decisions`` packed."""
    return [Decided(each.call, _decision(each), each.time, each.keep_until) for each in _decode(packed)]


def _kind(decision: Decision | None) -> str:
    return _NONE if decision is None else type(decision).__name__


def _decision(packed: _Packed) -> Decision | None:
    if packed.kind == _NONE:
        return None
    decision: Decision = _decisions[packed.kind].decode(packed.decision)
    return decision
