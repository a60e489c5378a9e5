"""Every RPC, every scope, in its pool and elsewhere: allowed exactly where docs/security.md says."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest

from adapters.composition import Services
from adapters.grpc_server.door import Door
from adapters.grpc_server.rules import RULES
from adapters.grpc_server.server import GrpcServer
from grpc_api.grpc_caller import Api, Refusal, refusal
from grpc_api.keyed import Scene, call, made, methods, played, requests
from masking_core.access import Scope
from readme.readme_document import table
from support.world import POOL, World

ELSEWHERE = "parcels-de"
NOWHERE = Scene(
    "pools/no-such", "sessions/no-such", "calls/no-such", "recordings/no-such", "pools/no-such/numbers/+442079460999"
)
REFUSED = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND}
TOLD = {
    rpc: (Scope(scope.strip("`")), outside.strip("`"))
    for scope, rpcs, outside in table("scope")
    for rpc in re.findall(r"`(\w+)`", rpcs)
}
"""What docs/security.md says of each RPC: the scope it takes, and what a key hears that is limited to other pools."""

VIEWED = (
    "GetSession",
    "ListSessions",
    "UpdateSession",
    "CloseSession",
    "GetCall",
    "ListCalls",
    "Explain",
    "ListBlocks",
)
FULL = 2


class Tokens:
    """Every key that these tests need, made before the server has looked."""

    def __init__(self, world: World) -> None:
        limits: list[tuple[str, ...]] = [(), (POOL,), (ELSEWHERE,), ("no-such",)]
        wanted: list[tuple[tuple[Scope, ...], tuple[str, ...]]]
        wanted = [((scope,), pools) for scope in Scope for pools in limits if not (pools and scope in _EVERYWHERE)]
        wanted += [((scope, Scope.REAL_NUMBERS_READ), ()) for scope in Scope]
        self._made = {each: made(world, *each[0], pools=each[1]) for each in wanted}

    def __call__(self, *scopes: Scope, pools: tuple[str, ...] = ()) -> str:
        return self._made[scopes, pools]


_EVERYWHERE = (Scope.BLOCKS_READ, Scope.BLOCKS_WRITE, Scope.PRIVACY_ERASE)


@pytest.fixture
def tokens(world: World) -> Tokens:
    return Tokens(world)


@pytest.fixture
def server(services: Services, tokens: Tokens) -> Iterator[GrpcServer]:
    del tokens
    server = GrpcServer(services, "127.0.0.1:0", 8, door=Door(keyless="", open_reflection=False))
    server.start()
    yield server
    server.stop(grace=0)


@pytest.fixture
def scene(world: World) -> Scene:
    world.pool(1, ELSEWHERE, first=50)
    return played(world)


def answered(api: Api, rpc: str, scene: Scene, token: str, **members: object) -> str:
    """``OK`` for whoever was let in, whatever came of it, else the status."""
    request = requests(scene)[rpc]
    for name, value in members.items():
        setattr(request, name, value)
    try:
        call(api, rpc, request, token)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code.name if code in REFUSED else "OK"
    return "OK"


def test_the_table_has_every_rpc_and_every_scope() -> None:
    assert set(TOLD) == set(methods())
    assert set(RULES) == set(methods().values())
    assert {scope.strip("`") for scope, _, _ in table("scope")} == {each.value for each in Scope}


def test_every_rpc_has_a_request_here(scene: Scene) -> None:
    assert set(requests(scene)) == set(methods())


@pytest.mark.parametrize("rpc", sorted(TOLD))
def test_an_rpc_is_allowed_where_the_table_says(rpc: str, api: Api, tokens: Tokens, scene: Scene) -> None:
    needed, outside = TOLD[rpc]
    for scope in Scope:
        keys = {"anywhere": tokens(scope)}
        if scope not in _EVERYWHERE:
            keys |= {"inside": tokens(scope, pools=(POOL,)), "outside": tokens(scope, pools=(ELSEWHERE,))}
        expected = dict.fromkeys(keys, "PERMISSION_DENIED")
        if scope is needed:
            expected["anywhere"] = "OK"
        if scope is needed and outside != "not with any limit":
            expected["inside"] = "OK"
            expected["outside"] = "OK" if outside == "left out of the list" else outside
        assert {where: answered(api, rpc, scene, token) for where, token in keys.items()} == expected, scope


@pytest.mark.parametrize("rpc", VIEWED)
def test_real_numbers_in_full_take_a_scope_of_their_own(rpc: str, api: Api, tokens: Tokens, scene: Scene) -> None:
    needed, _ = TOLD[rpc]
    assert answered(api, rpc, scene, tokens(needed), view=FULL) == "PERMISSION_DENIED"
    assert answered(api, rpc, scene, tokens(Scope.REAL_NUMBERS_READ), view=FULL) == "PERMISSION_DENIED"
    assert answered(api, rpc, scene, tokens(needed, Scope.REAL_NUMBERS_READ), view=FULL) == "OK"


def test_no_other_rpc_has_a_view() -> None:
    views = {rpc for rpc, request in requests(NOWHERE).items() if "view" in request.DESCRIPTOR.fields_by_name}
    assert views == set(VIEWED)


def heard(api: Api, rpc: str, scene: Scene, token: str) -> Refusal:
    """The refusal, with its names as they were asked for taken out."""
    refused = refusal(call, api, rpc, requests(scene)[rpc], token)
    names = sorted((name.rpartition("/")[2] for name in vars(scene).values()), key=len, reverse=True)
    told = str(refused)
    for name in names:
        told = told.replace(name, "NAME")
    return replace(refused, message=told, details={})


@pytest.mark.parametrize(
    "rpc", sorted(rpc for rpc, (_, outside) in TOLD.items() if outside in {e.name for e in REFUSED})
)
def test_what_lies_elsewhere_is_answered_like_what_does_not_exist(
    rpc: str, api: Api, tokens: Tokens, scene: Scene
) -> None:
    token = tokens(TOLD[rpc][0], pools=(ELSEWHERE,))
    assert heard(api, rpc, scene, token) == heard(api, rpc, NOWHERE, token)


@pytest.mark.parametrize(
    "rpc", ["ListSessions", "ListNumbers", "ListCalls", "ListRecordings", "Summarize", "WatchEvents"]
)
def test_a_limited_key_must_name_a_pool_and_no_other(rpc: str, api: Api, tokens: Tokens, scene: Scene) -> None:
    token = tokens(TOLD[rpc][0], pools=(POOL,))
    request: Any = requests(scene)[rpc]
    field = "pools" if "pools" in request.DESCRIPTOR.fields_by_name else "pool"
    request.ClearField(field)
    refused = refusal(call, api, rpc, request, token)
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert refused.details["ErrorInfo"].metadata["missing"] == "pool"
    if field == "pools":
        request.pools.extend([scene.pool, f"pools/{ELSEWHERE}"])
        assert refusal(call, api, rpc, request, token).code is grpc.StatusCode.PERMISSION_DENIED


def test_a_number_of_any_pool_is_none_that_a_limited_key_may_name(api: Api, tokens: Tokens, scene: Scene) -> None:
    anywhere = f"pools/-/numbers/{scene.number.rpartition('/')[2]}"
    for rpc, field in (("GetNumber", anywhere), ("DrainNumbers", [anywhere]), ("RemoveNumbers", [anywhere])):
        token = tokens(TOLD[rpc][0], pools=(POOL,))
        kind = type(requests(scene)[rpc])
        request = kind(name=field) if isinstance(field, str) else kind(names=field)
        assert refusal(call, api, rpc, request, token).code is grpc.StatusCode.PERMISSION_DENIED


def test_the_list_of_pools_has_those_that_are_open(api: Api, tokens: Tokens, scene: Scene) -> None:
    def listed(*pools: str) -> list[str]:
        response = call(api, "ListPools", requests(scene)["ListPools"], tokens(Scope.NUMBERS_READ, pools=pools))
        return [pool.name for pool in response.pools]

    assert listed() == [f"pools/{ELSEWHERE}", f"pools/{POOL}"]
    assert listed(POOL) == [f"pools/{POOL}"]
    assert listed("no-such") == []


def test_a_refusal_says_what_the_key_lacks(api: Api, tokens: Tokens, scene: Scene) -> None:
    refused = refusal(call, api, "GetCall", requests(scene)["GetCall"], tokens(Scope.SESSIONS_READ))
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert refused.details["ErrorInfo"].metadata["missing"] == "calls:read"
