"""How calls and events stand in Redis.

A call's record is a stamp of 8 random bytes, another one with each change, and the call in msgpack: the values of
its members in their order, without their names, which would take as much again. How it is found, ``call_index.py``
tells.

An event is packed so that scripts can write it too::

    time 8, version 4, length of the session's id 1 | session | kind NUL pool NUL call NUL detail
"""

import secrets
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from operator import attrgetter
from struct import Struct
from types import GenericAlias
from typing import Any, cast, get_type_hints

import msgspec

from adapters.storage.redis.packing import pack_id, unpack_id
from masking_core.call_records import CallRecord, CallReport, Step
from masking_core.events import Event, EventKind
from masking_core.sealed import Caller

STAMP_LENGTH = 8
NO_STAMP = b""

_EVENT = Struct(">QIB")


def _unnamed(model: type, **members: Any) -> Any:
    """A twin of a model that is read without names; ``members`` have these types instead.

    So the order of a model's members is part of the schema, and what is added to it later stands at its end and
    has a default. The twin derives from its members what the model does, and need not be converted to be looked at.
    """
    types = get_type_hints(model) | members
    told = [
        (each.name, types[each.name], *(() if each.default is MISSING else (each.default,))) for each in fields(model)
    ]
    derived = {
        name: each
        for name, each in vars(model).items()
        if not name.startswith("_") and (isinstance(each, property) or callable(each))
    }
    return msgspec.defstruct(model.__name__, told, namespace=derived, array_like=True)


def _members(model: type) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of a model's members in their order."""
    return attrgetter(*(each.name for each in fields(model)))


_Person = _unnamed(Caller)
_Call = _unnamed(
    CallRecord,
    caller=_Person | None,
    callee=_Person | None,
    steps=GenericAlias(tuple, (_unnamed(Step), ...)),
    reports=GenericAlias(tuple, (_unnamed(CallReport), ...)),
)
_decode = msgspec.msgpack.Decoder(_Call).decode
_encode = msgspec.msgpack.Encoder().encode
_of_person, _of_step, _of_report = map(_members, (Caller, Step, CallReport))


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call, and the stamp of its record."""

    call: CallRecord
    stamp: bytes


def stamps(number: int) -> list[bytes]:
    """So many stamps that no record has had."""
    drawn = secrets.token_bytes(STAMP_LENGTH * number)
    return [drawn[first : first + STAMP_LENGTH] for first in range(0, len(drawn), STAMP_LENGTH)]


def pack_call(call: CallRecord, stamp: bytes) -> bytes:
    """The record of a call, under a stamp of its own."""
    members = (
        call.call_id,
        call.dialled,
        call.caller and _of_person(call.caller),
        call.callee and _of_person(call.callee),
        call.correlation_ids,
        [*map(_of_step, call.steps)],
        [*map(_of_report, call.reports)],
        call.keep_until,
    )
    return stamp + _encode(members)


def unpack_call(raw: bytes) -> StoredCall:
    """What ``pack_call`` packed."""
    return StoredCall(call_of(glance(raw)), raw[:STAMP_LENGTH])


def glance(raw: bytes) -> CallRecord:
    """What ``pack_call`` packed, to look at and to throw away: it has a call's members, and is equal to none."""
    return cast("CallRecord", _decode(memoryview(raw)[STAMP_LENGTH:]))


def call_of(seen: CallRecord) -> CallRecord:
    """The call that was glanced at."""
    return msgspec.convert(seen, CallRecord, from_attributes=True)


def pack_event(event: Event, session: bytes | None = None) -> bytes:
    """An event; whoever has its session's packed id already gives it."""
    packed_id = pack_id(event.session_id) if session is None else session
    texts = f"{event.kind}\0{event.pool}\0{event.call_id}\0{event.detail}"
    return _EVENT.pack(event.time, event.version, len(packed_id)) + packed_id + texts.encode()


def unpack_event(packed: bytes) -> Event:
    """What ``pack_event`` packed, or a script."""
    time, version, length = _EVENT.unpack_from(packed)
    end = _EVENT.size + length
    kind, pool, call_id, detail = packed[end:].decode().split("\0", 3)
    return Event(EventKind(kind), time, pool, unpack_id(packed[_EVENT.size : end]), version, call_id, detail)
