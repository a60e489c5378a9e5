"""How a caller's routes stand in Redis: packed, because a callback reads them and a million sessions have some.

A caller's hash holds for each dialled number, written in digits::

    4420…     version 4, end_time 8, session (1 + n), callee's side 1 (+ 2: ended), caller id 8, pool   the route
    -4420…    the callee's sealed number
    s4420…    the call settings, where there are any
    ?4420…    token 8, session                              a lease on this pair
    @session  end_time 8                                    a session whose pair a later one took
    !         a virtual number: this caller's number is one of ours
    #         a block: the operator has blocked this caller's number

The first two stay below 64 bytes each, so that Redis keeps the hash in its compact form.
"""

from functools import lru_cache
from struct import Struct

from adapters.storage.codec import decode_call_settings, encode
from adapters.storage.redis.packing import pack_id, pack_number, unpack_id
from masking_core.call_settings import PLAIN_CALL
from masking_core.instants import Instant
from masking_core.matching import Route
from masking_core.sealed import Sealed
from masking_core.sessions import RouteEntry, Session

_ROUTE = Struct(">IQB")
_ROUTE_REST = Struct(">BQ")
_ENDED = 2
VIRTUAL, BLOCKED = "!", "#"
"""The fields of a caller's hash that name the virtual number that this caller's is, and the block of this caller."""
LEASE = b"?"
"""What the fields of a caller's hash begin with that hold leases."""


def pack_route(session: Session, entry: RouteEntry, *, ended: bool) -> tuple[bytes, bytes, bytes]:
    """The route, the callee and the call settings (empty for none) of one pair; ``ended`` with its whole session."""
    callee = session.sides[1 - entry.side]
    packed_id = pack_id(session.session_id)
    route = (
        _ROUTE.pack(session.version, entry.end_time, len(packed_id))
        + packed_id
        + _ROUTE_REST.pack(1 - entry.side + (_ENDED if ended or entry.ended else 0), pack_number(callee.proxy))
        + session.pool.encode()
    )
    settings = b"" if session.call_settings == PLAIN_CALL else encode(session.call_settings).encode()
    return route, callee.current[0].caller.sealed, settings


def unpack_route(route: bytes, callee: bytes, settings: bytes | None) -> tuple[str, Route]:
    """The pool and the route that ``pack_route`` packed."""
    _, end_time, length = _ROUTE.unpack_from(route)
    rest = _ROUTE.size + length
    side, caller_id = _ROUTE_REST.unpack_from(route, rest)
    return _text(route[rest + _ROUTE_REST.size :]), Route(
        unpack_id(route[_ROUTE.size : rest]),
        end_time,
        side >= _ENDED,
        Sealed(callee),
        side % _ENDED,
        f"+{caller_id}",
        decode_call_settings(settings.decode()) if settings else PLAIN_CALL,
    )


@lru_cache(1_024)
def _text(name: bytes) -> str:
    return name.decode()


def end_of_route(route: bytes) -> tuple[bytes, Instant]:
    """The packed id and the end of a packed route."""
    _, end_time, length = _ROUTE.unpack_from(route)
    return route[_ROUTE.size : _ROUTE.size + length], end_time
