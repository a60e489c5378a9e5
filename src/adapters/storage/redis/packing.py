"""How records and memberships of sessions stand in Redis: packed, because a million sessions do.

A record is a header that scripts read and change, and a body that they do not touch::

    phase 1, life 1, version 4, expire_time 8, close_time 8 (0: not closed) | msgpack, without a usual end

``phase`` is one letter of ``Phase``; ``life`` is A while the session counts on its numbers and E
after. How routes stand, ``route_packing.py`` tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct
from typing import Any

import msgspec

from adapters.storage.codec import decode_call_settings, encode
from masking_core.call_settings import PLAIN_CALL
from masking_core.pools import Geography
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.sessions import Leg, Session, Side

_HEADER = Struct(">ccIQQ")
_NUMBER_BYTES = 7
_RESERVES = 1 << 55
_TEXT = b"="
_USUAL: tuple[Any, ...] = (None, False, "", {}, None, "", b"")
_USUAL_SIDE: tuple[Any, ...] = ("", int(Geography.NONE), False, None)
_USUAL_LEG = (None, None)
_BODY_LENGTH, _SIDE_LENGTH, _LEG_LENGTH = 10, 6, 4
_UUID_LENGTH = 36
_RAW_LENGTH = 16
_AT_VERSION, _AT_VARIANT = 14, 19
HEADER_LENGTH = _HEADER.size
TOKEN_LENGTH = 8
NO_TOKEN = bytes(TOKEN_LENGTH)

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode


class Phase(StrEnum):
    """What is under way with a session; the steps are told in ``protocol.py``."""

    STABLE = "-"
    OPENING = "o"
    OPENING_ABORTED = "x"
    REVISING = "r"
    REVISING_ABORTED = "a"
    COMMITTED = "k"
    ENDING = "c"
    FORGETTING = "f"


INVISIBLE = frozenset({Phase.OPENING, Phase.OPENING_ABORTED, Phase.FORGETTING})
"""Phases in which there is no session for whoever asks."""


@dataclass(frozen=True, slots=True)
class Record:
    """A session's record, and the bytes it was read from."""

    session: Session
    phase: Phase
    ended: bool
    raw: bytes

    def at_rest(self) -> "Record":
        """The record when what was under way with it is done."""
        ended = self.ended or self.session.close_time is not None
        return Record(self.session, Phase.STABLE, ended, pack_record(self.session, Phase.STABLE, ended=ended))

    @property
    def header(self) -> bytes:
        """What tells this state of the record from every other."""
        return self.raw[:HEADER_LENGTH]


def pack_id(session_id: str) -> bytes:
    """A session's id, shorter where it is a UUIDv7; the order of ids of one kind is that of their text."""
    if len(session_id) == _UUID_LENGTH and session_id[_AT_VERSION] == "7" and session_id[_AT_VARIANT] in "89ab":
        try:
            raw = bytes.fromhex(session_id.replace("-", ""))
        except ValueError:
            raw = _TEXT
        if raw[:1] < _TEXT and _uuid_of(raw) == session_id:
            return raw
    return _TEXT + session_id.encode()


def unpack_id(packed: bytes) -> str:
    """What ``pack_id`` packed."""
    if len(packed) == _RAW_LENGTH and packed[:1] < _TEXT:
        return _uuid_of(packed)
    return packed[1:].decode()


def _uuid_of(raw: bytes) -> str:
    """A UUID as text, in a fraction of the time that the standard library takes."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def pack_number(number: str) -> int:
    """A number in E.164 as an integer."""
    return int(number[1:])


def pack_record(session: Session, phase: Phase, *, ended: bool) -> bytes:
    """The record of a session."""
    header = _HEADER.pack(
        phase.encode(), b"E" if ended else b"A", session.version, session.expire_time, session.close_time or 0
    )
    body = (
        session.pool,
        [_packed_side(side) for side in session.sides],
        session.create_time,
        None if session.update_time == session.create_time else session.update_time,
        session.reserved,
        session.reference,
        session.labels,
        None if session.call_settings == PLAIN_CALL else encode(session.call_settings),
        session.request_id,
        bytes.fromhex(session.fingerprint),
    )
    return header + _pack(_without(_USUAL, body))


def unpack_record(packed_id: bytes, raw: bytes) -> Record:
    """What ``pack_record`` packed of the session with this id, as scripts have changed its header since."""
    phase, life, version, expire_time, close_time = _HEADER.unpack_from(raw)
    pool, sides, created, updated, reserved, reference, labels, settings, request_id, fingerprint = _completed(
        _USUAL, _unpack(raw[HEADER_LENGTH:]), _BODY_LENGTH
    )
    first, second = (_unpacked_side(side) for side in sides)
    session = Session(
        session_id=unpack_id(packed_id),
        pool=pool,
        sides=(first, second),
        create_time=created,
        update_time=close_time or updated or created,
        expire_time=expire_time,
        close_time=close_time or None,
        reserved=reserved,
        reference=reference,
        labels=labels,
        call_settings=PLAIN_CALL if settings is None else decode_call_settings(settings),
        request_id=request_id,
        fingerprint=fingerprint.hex(),
        version=version,
    )
    return Record(session, Phase(phase.decode()), life == b"E", raw)


def _without(usual: Sequence[Any], values: Sequence[Any]) -> Sequence[Any]:
    """The values without those at their end that are as usual."""
    kept = len(values)
    while kept > len(values) - len(usual) and values[kept - 1] == usual[kept - 1 - len(values)]:
        kept -= 1
    return values[:kept]


def _completed(usual: Sequence[Any], values: Sequence[Any], length: int) -> Sequence[Any]:
    """What ``_without`` was given, ``length`` values in all."""
    return [*values, *usual[len(usual) - (length - len(values)) :]] if len(values) < length else values


def _packed_side(side: Side) -> Sequence[Any]:
    legs = [_packed_leg(leg, side.proxy) for leg in side.legs]
    pin = None if side.pin is None else _packed_caller(side.pin)
    return _without(_USUAL_SIDE, (pack_number(side.proxy), legs, side.label, int(side.reach), side.reused_early, pin))


def _packed_leg(leg: Leg, proxy: str) -> Sequence[Any]:
    other = None if leg.proxy == proxy else pack_number(leg.proxy)
    return _without(_USUAL_LEG, (*_packed_caller(leg.caller), other, leg.until))


def _packed_caller(caller: Caller) -> tuple[Any, ...]:
    keys = caller.lookups
    return caller.sealed, keys[0] if len(keys) == 1 else keys


def _unpacked_side(packed: Sequence[Any]) -> Side:
    number, legs, label, reach, early, pin = _completed(_USUAL_SIDE, packed, _SIDE_LENGTH)
    proxy = f"+{number}"
    return Side(
        label,
        proxy,
        Geography(reach),
        early,
        tuple(_unpacked_leg(leg, proxy) for leg in legs),
        None if pin is None else _unpacked_caller(*pin),
    )


def _unpacked_leg(packed: Sequence[Any], proxy: str) -> Leg:
    sealed, lookups, other, until = _completed(_USUAL_LEG, packed, _LEG_LENGTH)
    return Leg(_unpacked_caller(sealed, lookups), proxy if other is None else f"+{other}", until)


def _unpacked_caller(sealed: bytes, lookups: bytes | Sequence[bytes]) -> Caller:
    keys = (lookups,) if isinstance(lookups, bytes) else lookups
    return Caller(Sealed(sealed), tuple(LookupKey(key) for key in keys))


def pack_member(session: Session) -> bytes:
    """How a session stands among those of its pool: its id, its numbers, whether it reserves.

    The first two numbers are those its participants dial, and count on; all of them are remembered.
    Each takes seven bytes, and the highest bit of the first one says whether the session reserves.
    Every byte counts here: beyond thirty, Redis takes half as much again.
    """
    packed_id = pack_id(session.session_id)
    proxies = [side.proxy for side in session.sides]
    former = dict.fromkeys(leg.proxy for side in session.sides for leg in side.legs if leg.proxy not in proxies)
    first, *others = (pack_number(number) for number in (*proxies, *former))
    numbers = [first | _RESERVES if session.reserved else first, *others]
    return _delimited(packed_id) + b"".join(number.to_bytes(_NUMBER_BYTES) for number in numbers)


def _delimited(packed_id: bytes) -> bytes:
    """An id whose end can be told: that of a text has its length behind its first byte."""
    if packed_id[:1] < _TEXT:
        return packed_id
    return _TEXT + bytes([len(packed_id) - 1]) + packed_id[1:]


def id_of_member(member: bytes) -> bytes:
    """The packed id of a member."""
    return member[:_RAW_LENGTH] if member[:1] < _TEXT else _TEXT + member[2 : 2 + member[1]]


def numbers_of(session: Session) -> set[str]:
    """Every number that a session ever had."""
    return {side.proxy for side in session.sides} | {leg.proxy for side in session.sides for leg in side.legs}
