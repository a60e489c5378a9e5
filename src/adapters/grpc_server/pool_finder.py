"""Which pools a request touches, for a caller who may enter some alone.

What lies in another pool is answered as if it were not there, and a pool that is named is refused
whether or not it is there: so nobody learns of what they may not enter.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from adapters.grpc_server.names import parse_call, parse_number, parse_pool, parse_recording, parse_session
from masking_core.access import Visitor
from masking_core.errors import NotFound, PermissionDenied
from masking_core.ports.store import Store

Request: TypeAlias = Any
"""A message of the proto; each finder knows which."""

Finder: TypeAlias = Callable[[Store, Request, Visitor], None]
"""Returns when the visitor may enter what the request touches. Raises PermissionDenied, NotFound, InvalidArgument."""


def pool_in(*path: str) -> Finder:
    """The one pool named by a field, as ``pools/{pool}``."""
    field = ".".join(path)

    def find(store: Store, request: Request, visitor: Visitor) -> None:
        del store
        name = _value(request, path)
        _enter(visitor, [parse_pool(field, name)] if name else [])

    return find


def pools_in(field: str) -> Finder:
    """Every pool of a list."""

    def find(store: Store, request: Request, visitor: Visitor) -> None:
        del store
        names = getattr(request, field)
        _enter(visitor, [parse_pool(f"{field}[{index}]", name) for index, name in enumerate(names)])

    return find


def new_pool(store: Store, request: Request, visitor: Visitor) -> None:
    """The pool that is to be made."""
    del store
    _enter(visitor, [request.pool_id])


def numbers_in(field: str) -> Finder:
    """The pool of every number's name, one or several, which must be named."""

    def find(store: Store, request: Request, visitor: Visitor) -> None:
        del store
        given = getattr(request, field)
        names = [given] if isinstance(given, str) else given
        _enter(visitor, [parse_number(field, name).pool for name in names])

    return find


def session_in(*path: str) -> Finder:
    """The pool of a session."""
    field = ".".join(path)

    def find(store: Store, request: Request, visitor: Visitor) -> None:
        session_id = parse_session(field, _value(request, path))
        session = store.get_session(session_id)
        if session is None or not visitor.may_enter(session.pool):
            raise NotFound("session", session_id)

    return find


def call_in(field: str) -> Finder:
    """The pool of a call, ours or the provider's name for it."""

    def find(store: Store, request: Request, visitor: Visitor) -> None:
        name = parse_call(field, getattr(request, field))
        call = store.get_call(name) or next(iter(store.find_calls(name)), None)
        if call is None or not visitor.may_enter(call.pool):
            raise NotFound("call", name)

    return find


def recording_in(field: str) -> Finder:
    """The pools of the calls that a recording is of."""

    def find(store: Store, request: Request, visitor: Visitor) -> None:
        file_id = parse_recording(field, getattr(request, field))
        pools = [call.pool for call in store.find_calls(file_id) if file_id in call.recordings]
        if not pools or not visitor.may_enter_all(pools):
            raise NotFound("recording", file_id)

    return find


def listed_pools(store: Store, request: Request, visitor: Visitor) -> None:
    """Any pool, for the answer is cut to those that are open."""
    del store, request, visitor


def everywhere(store: Store, request: Request, visitor: Visitor) -> None:
    """Every pool: none of this is for who may enter some alone."""
    del store, request, visitor
    raise PermissionDenied("this reaches every pool, and the API key is limited to some", "pool")


def _enter(visitor: Visitor, pools: Iterable[str]) -> None:
    named = list(pools)
    if not named or not visitor.may_enter_all(named):
        raise PermissionDenied(
            "the API key is limited to some pools, and each that is meant must be one of them", "pool"
        )


def _value(request: Request, path: tuple[str, ...]) -> str:
    for member in path:
        request = getattr(request, member)
    return str(request)
