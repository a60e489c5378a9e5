"""The table of RPCs: the scope that each takes, where the pool stands that it touches, and what the audit says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.grpc_server import pool_finder as find
from adapters.grpc_server.pool_finder import Finder
from masking_core.access import Scope, Visitor

_FULL = 2
"""``SESSION_VIEW_FULL`` and ``CALL_VIEW_FULL``."""


def _no_target(request: Any, response: Any) -> str:
    del request, response
    return ""


def _cut_nothing(response: Any, visitor: Visitor) -> None:
    del response, visitor


@dataclass(frozen=True, slots=True)
class Rule:
    """What one RPC takes.

    ``target`` tells of a request and its response, None where there is none, what was meant: a
    resource's name or several, and never a real number. ``cut`` leaves out of a response what the
    visitor may not see.
    """

    scope: Scope
    pool: Finder
    target: Callable[[Any, Any], str] = _no_target
    cut: Callable[[Any, Visitor], None] = _cut_nothing

    def scopes(self, request: Any) -> tuple[Scope, ...]:
        """What this request takes: reading real numbers in full is a scope of its own."""
        if getattr(request, "view", 0) == _FULL:
            return self.scope, Scope.REAL_NUMBERS_READ
        return (self.scope,)


def _of(*path: str) -> Callable[[Any, Any], str]:
    """The name that stands in a field of the request."""

    def target(request: Any, response: Any) -> str:
        del response
        for member in path:
            request = getattr(request, member)
        return request if isinstance(request, str) else " ".join(request)

    return target


def _made_session(request: Any, response: Any) -> str:
    return str(request.pool if response is None else response.session.name)


def _made_pool(request: Any, response: Any) -> str:
    del response
    return f"pools/{request.pool_id}"


def _cut_pools(response: Any, visitor: Visitor) -> None:
    open_to = [pool for pool in response.pools if visitor.may_enter(pool.name.removeprefix("pools/"))]
    del response.pools[:]
    response.pools.extend(open_to)


RULES: dict[str, Rule] = {
    "SessionService.OpenSession": Rule(Scope.SESSIONS_WRITE, find.pool_in("pool"), _made_session),
    "SessionService.GetSession": Rule(Scope.SESSIONS_READ, find.session_in("name"), _of("name")),
    "SessionService.ListSessions": Rule(Scope.SESSIONS_READ, find.pool_in("pool"), _of("pool")),
    "SessionService.UpdateSession": Rule(
        Scope.SESSIONS_WRITE, find.session_in("session", "name"), _of("session", "name")
    ),
    "SessionService.CloseSession": Rule(Scope.SESSIONS_WRITE, find.session_in("name"), _of("name")),
    "NumberService.CreatePool": Rule(Scope.NUMBERS_ADMIN, find.new_pool, _made_pool),
    "NumberService.GetPool": Rule(Scope.NUMBERS_READ, find.pool_in("name"), _of("name")),
    "NumberService.ListPools": Rule(Scope.NUMBERS_READ, find.listed_pools, cut=_cut_pools),
    "NumberService.UpdatePool": Rule(Scope.NUMBERS_ADMIN, find.pool_in("pool", "name"), _of("pool", "name")),
    "NumberService.PoolUsage": Rule(Scope.NUMBERS_READ, find.pool_in("name"), _of("name")),
    "NumberService.AddNumbers": Rule(Scope.NUMBERS_ADMIN, find.pool_in("pool"), _of("pool")),
    "NumberService.GetNumber": Rule(Scope.NUMBERS_READ, find.numbers_in("name"), _of("name")),
    "NumberService.ListNumbers": Rule(Scope.NUMBERS_READ, find.pool_in("pool"), _of("pool")),
    "NumberService.DrainNumbers": Rule(Scope.NUMBERS_ADMIN, find.numbers_in("names"), _of("names")),
    "NumberService.RemoveNumbers": Rule(Scope.NUMBERS_ADMIN, find.numbers_in("names"), _of("names")),
    "CallService.GetCall": Rule(Scope.CALLS_READ, find.call_in("name"), _of("name")),
    "CallService.ListCalls": Rule(Scope.CALLS_READ, find.pool_in("pool"), _of("pool")),
    "CallService.Explain": Rule(Scope.CALLS_READ, find.everywhere),
    "CallService.Summarize": Rule(Scope.CALLS_READ, find.pools_in("pools"), _of("pools")),
    "CallService.ListRecordings": Rule(Scope.RECORDINGS_READ, find.pool_in("pool"), _of("pool")),
    "CallService.DownloadRecording": Rule(Scope.RECORDINGS_READ, find.recording_in("name"), _of("name")),
    "CallService.DeleteRecording": Rule(Scope.RECORDINGS_DELETE, find.recording_in("name"), _of("name")),
    "EventService.WatchEvents": Rule(Scope.EVENTS_READ, find.pools_in("pools"), _of("pools")),
    "PrivacyService.ErasePerson": Rule(Scope.PRIVACY_ERASE, find.everywhere),
    "BlockService.AddBlock": Rule(Scope.BLOCKS_ADMIN, find.everywhere),
    "BlockService.ListBlocks": Rule(Scope.BLOCKS_ADMIN, find.everywhere),
    "BlockService.RemoveBlock": Rule(Scope.BLOCKS_ADMIN, find.everywhere),
}
"""By service and method. An RPC that is not here is nobody's."""
