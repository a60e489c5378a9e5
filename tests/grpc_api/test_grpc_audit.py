"""Every RPC leaves its line before it is answered, and no line says whose number it was about."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Thread

import grpc
import pytest

from adapters.audit_log import AuditLog
from adapters.composition import Services
from adapters.grpc_server.door import Door
from adapters.grpc_server.rules import RULES
from adapters.grpc_server.server import GrpcServer
from grpc_api.asking import POOL_NAME, opening
from grpc_api.grpc_caller import Api, refusal
from grpc_api.keyed import Scene, bearing, call, made, methods, played, requests
from grpc_api.switched_store import SwitchedStore
from masking.v1 import call_service_pb2 as calls
from masking.v1 import number_service_pb2 as numbers
from masking.v1 import session_service_pb2 as pb
from masking_core.access import Scope
from masking_core.audit import AuditLine, Entry
from masking_core.errors import StoreUnavailable
from masking_core.sealed import Sealed
from masking_core.services.audit import Audit
from masking_core.services.audit_check import AuditCheck
from support.world import START, World, real


class AuditingStore(SwitchedStore):
    """Fails to store lines as long as ``full``."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.extensions = 0

    def extend_audit(
        self, expected: Sealed | None, head: Sealed, lines: Sequence[AuditLine], key_ids: Sequence[str]
    ) -> None:
        if self.full:
            raise StoreUnavailable("the disk is full")
        self.extensions += 1
        super().extend_audit(expected, head, lines, key_ids)


@pytest.fixture
def store() -> AuditingStore:
    return AuditingStore()


@pytest.fixture
def token(world: World) -> str:
    return made(world, *Scope)


@pytest.fixture
def server(services: Services, token: str) -> Iterator[GrpcServer]:
    del token
    server = GrpcServer(services, "127.0.0.1:0", 8, door=Door(keyless=""))
    server.start()
    yield server
    server.stop(grace=0)


@pytest.fixture
def scene(world: World) -> Scene:
    return played(world)


def told(world: World) -> list[Entry]:
    return [entry for _, entry in world.audit.entries(0, 1_000)]


def test_a_session_s_life_is_told_with_who_when_and_what_came_of_it(
    api: Api, world: World, scene: Scene, token: str
) -> None:
    asked = requests(scene)
    for rpc in ("OpenSession", "CloseSession", "CloseSession", "UpdateSession"):
        with suppress(grpc.RpcError):
            call(api, rpc, asked[rpc], token)
    (key,) = world.api_keys.table().keys
    opened, closed, again, updated = told(world)
    assert {entry.who for entry in told(world)} == {f"key {key.key_id} caller"}
    assert (opened.action, opened.outcome) == ("SessionService.OpenSession", "OK")
    assert re.fullmatch(r"sessions/[0-9a-z-]+", opened.target)
    assert [entry.target for entry in (closed, again, updated)] == [scene.session] * 3
    assert [entry.outcome for entry in (closed, again, updated)] == ["OK", "OK", "SESSION_ENDED"]
    assert opened.time > 0
    assert opened.time <= closed.time <= again.time


def test_every_rpc_leaves_a_line_and_none_has_a_real_number(api: Api, world: World, scene: Scene, token: str) -> None:
    for rpc, request in requests(scene).items():
        with suppress(grpc.RpcError):
            call(api, rpc, request, token)
    entries = told(world)
    assert [entry.action for entry in entries] == [methods()[rpc] for rpc in requests(scene)]
    assert set(RULES) == {entry.action for entry in entries}
    assert {entry.outcome for entry in entries} == {
        *("OK", "BEGUN", "ALREADY_EXISTS", "NUMBER_IN_USE", "PROVIDER_NOT_CONFIGURED")
    }
    assert "447700900" not in "".join(entry.to_text() for entry in entries)
    assert AuditCheck(world.store, world.vault).run().problem == ""


def test_a_real_number_that_is_given_for_a_name_by_mistake_is_redacted(
    api: Api, world: World, scene: Scene, token: str
) -> None:
    del scene
    number = real(1)
    names = (f"pools/-/numbers/{number}", number, f"calls/{number}", number[1:], f"0{number[3:]}", "(0)7700 900-001")
    for name in names:
        with pytest.raises(grpc.RpcError):
            call(api, "GetNumber", numbers.GetNumberRequest(name=name), token)
        with pytest.raises(grpc.RpcError):
            list(call(api, "DownloadRecording", calls.DownloadRecordingRequest(name=f"recordings/{name}"), token))
    entries = told(world)
    assert Counter(entry.outcome for entry in entries)["BEGUN"] == len(names)
    assert len(entries) == 2 * len(names)
    assert not re.search("[0-9]{3}", "".join(entry.target for entry in entries))


def test_the_ids_of_what_is_not_there_are_told_as_they_are(api: Api, world: World, token: str) -> None:
    names = ["sessions/01a20894-3eb4-72ed-9c40-714237341234", "sessions/11111111-2222-3333-4444-555555555555"]
    for name in names:
        with pytest.raises(grpc.RpcError):
            call(api, "CloseSession", pb.CloseSessionRequest(name=name), token)
    with pytest.raises(grpc.RpcError):
        call(api, "GetCall", calls.GetCallRequest(name=f"calls/{'0123456789abcdef' * 2}"), token)
    assert [entry.target for entry in told(world)] == [*names, f"calls/{'0123456789abcdef' * 2}"]


def test_a_target_is_cut_where_it_is_too_long(api: Api, world: World, token: str) -> None:
    with pytest.raises(grpc.RpcError):
        call(api, "GetSession", pb.GetSessionRequest(name="x" * 100_000), token)
    (entry,) = told(world)
    assert 100 < len(entry.target) < 1_000


def test_who_may_not_is_told_with_the_reason_and_who_is_not_known_is_not_told_of(
    services: Services, world: World, scene: Scene
) -> None:
    lesser = made(world, Scope.CALLS_READ)
    server = GrpcServer(services, "127.0.0.1:0", 2, door=Door(keyless=""))
    server.start()
    api = Api(server.port)
    try:
        assert refusal(call, api, "CloseSession", requests(scene)["CloseSession"], lesser).reason == "PERMISSION_DENIED"
        assert refusal(call, api, "CloseSession", requests(scene)["CloseSession"], "wrong").reason == "UNAUTHENTICATED"
    finally:
        api.channel.close()
        server.stop(grace=0)
    (entry,) = told(world)
    assert (entry.action, entry.target, entry.outcome) == (
        "SessionService.CloseSession",
        scene.session,
        "PERMISSION_DENIED",
    )


def test_what_cannot_be_told_is_not_acknowledged(
    api: Api, world: World, store: AuditingStore, scene: Scene, token: str
) -> None:
    store.full = True
    request = opening(5, 6, request_id="order-9")
    refused = refusal(call, api, "OpenSession", request, token)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert refusal(call, api, "WatchEvents", requests(scene)["WatchEvents"], token).reason == "STORE_UNAVAILABLE"
    assert told(world) == []
    store.full = False
    session = call(api, "OpenSession", request, token).session
    assert [entry.target for entry in told(world)] == [session.name]


def test_a_caller_on_loopback_is_local_where_there_are_no_keys(services: Services, world: World) -> None:
    world.api_keys = services.api_keys
    world.pool()
    store = services.store
    store.shelves().records.remove(["api-keys"])
    server = GrpcServer(services, "127.0.0.1:0", 2)
    server.start()
    api = Api(server.port)
    try:
        api.numbers.GetPool(numbers.GetPoolRequest(name=POOL_NAME), timeout=30)
    finally:
        api.channel.close()
        server.stop(grace=0)
    assert [(entry.who, entry.action, entry.target) for entry in told(world)] == [
        ("local", "NumberService.GetPool", POOL_NAME)
    ]


def test_threads_share_the_ways_to_the_store(world: World, store: AuditingStore) -> None:
    log = AuditLog(Audit(store, world.vault))
    entries = [Entry(START, "local", "did", str(index), "OK") for index in range(40)]
    with log._storing:
        threads = [Thread(target=log.record, args=(entry,)) for entry in entries]
        for thread in threads:
            thread.start()
        while len(log._queue) < len(entries):
            pass
    for thread in threads:
        thread.join()
    assert sorted(told(world), key=lambda entry: int(entry.target)) == entries
    assert store.extensions == 1
    assert AuditCheck(store, world.vault).run().problem == ""


def test_who_cannot_wait_is_told_and_takes_nobody_s_line_along(world: World, store: AuditingStore) -> None:
    log = AuditLog(Audit(store, world.vault))
    first, second = (Entry(START, "local", "did", name, "OK") for name in ("first", "second"))
    with log._storing, pytest.raises(StoreUnavailable, match="in time"):
        log.record(first, 0)
    store.full = True
    with pytest.raises(StoreUnavailable, match="full"):
        log.record(second)
    store.full = False
    log.record(second)
    assert told(world) == [first, second]


def test_the_bearer_of_a_key_is_named_by_it_and_by_its_name(api: Api, world: World, token: str) -> None:
    api.numbers.ListPools(numbers.ListPoolsRequest(), metadata=bearing(token), timeout=30)
    (entry,) = told(world)
    (key,) = world.api_keys.table().keys
    assert entry.who == f"key {key.key_id} {key.name}"
    assert token not in entry.to_text()
