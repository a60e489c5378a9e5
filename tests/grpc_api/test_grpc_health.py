from dataclasses import replace
from queue import SimpleQueue
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from adapters.composition import Services
from adapters.grpc_server.background import Background
from adapters.grpc_server.readiness import CannotServeError, Readiness
from adapters.grpc_server.server import SERVICES, GrpcServer
from adapters.sealing.vault import RingVault
from grpc_api.asking import lasting, opening
from grpc_api.grpc_caller import Api, refusal
from grpc_api.polling import eventually
from grpc_api.switched_store import SwitchedStore
from masking.v1 import session_service_pb2 as pb
from masking_core.errors import Conflict, StoreNotReady, StoreUnavailable
from masking_core.instants import MINUTE
from masking_core.ports.keys import KeyCheck
from masking_core.services.key_rotation import fit_keys
from support.world import World

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.news: list[bool] = []

    def __call__(self, *, serving: bool) -> None:
        self.news.append(serving)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look and sweep more often than a server does, for the sake of those who wait for the tests."""
    monkeypatch.setattr("adapters.grpc_server.server._LOOK_SECONDS", 0.05)
    monkeypatch.setattr("adapters.grpc_server.server._SWEEP_SECONDS", 0.05)


@pytest.fixture
def told() -> Told:
    return Told()


class TestReadiness:
    def test_a_store_that_answers_is_served_from_and_said_so_once(self, store: SwitchedStore, told: Told) -> None:
        readiness = Readiness(store, RingVault.random(), told, migrate=True)
        readiness.look()
        readiness.look()
        assert told.news == [True]

    def test_a_new_store_takes_the_keys_of_this_process(self, store: SwitchedStore, told: Told) -> None:
        vault = RingVault.random()
        Readiness(store, vault, told, migrate=True).look()
        assert store.get_keys() == vault.checks()

    def test_a_store_that_goes_away_is_told_once_and_its_return_too(self, store: SwitchedStore, told: Told) -> None:
        readiness = Readiness(store, RingVault.random(), told, migrate=True)
        for problem in (None, StoreUnavailable("away"), StoreUnavailable("away"), None):
            store.problem = problem
            readiness.look()
        assert told.news == [True, False, True]

    def test_a_store_that_is_away_at_the_start_is_waited_for(self, store: SwitchedStore, told: Told) -> None:
        vault = RingVault.random()
        readiness = Readiness(store, vault, told, migrate=True)
        store.problem = StoreUnavailable("away")
        readiness.look()
        store.problem = None
        readiness.look()
        assert told.news == [False, True]
        assert store.get_keys() == vault.checks()

    def test_a_store_that_others_migrate_is_waited_for(self, store: SwitchedStore, told: Told) -> None:
        readiness = Readiness(store, RingVault.random(), told, migrate=False)
        store.problem = StoreNotReady("run `masking migrate`")
        readiness.look()
        store.problem = None
        readiness.look()
        assert told.news == [False, True]

    def test_a_store_that_this_process_cannot_migrate_is_not_waited_for(self, store: SwitchedStore, told: Told) -> None:
        store.problem = StoreNotReady("it is newer than this program")
        with pytest.raises(CannotServeError, match=r"^it is newer than this program$"):
            Readiness(store, RingVault.random(), told, migrate=True).look()

    def test_a_store_under_other_keys_is_not_waited_for(self, store: SwitchedStore, told: Told) -> None:
        fit_keys(store, RingVault.random())
        with pytest.raises(CannotServeError, match="the key file lacks key"):
            Readiness(store, RingVault.random(), told, migrate=False).look()
        assert told.news == []

    def test_of_two_processes_that_begin_a_store_both_serve(self, told: Told) -> None:
        vault = RingVault.random()

        class Contested(SwitchedStore):
            def set_keys(self, expected: Any, keys: Any) -> None:
                super().set_keys(expected, keys)
                raise Conflict("another process was faster")

        readiness = Readiness(Contested(), vault, told, migrate=True)
        readiness.look()
        assert told.news == [True]


class TestTheHealthService:
    def test_it_knows_the_server_and_each_service(self, api: Api) -> None:
        assert set(SERVICES) == {
            f"masking.v1.{name}Service" for name in ("Session", "Number", "Call", "Event", "Privacy", "Block")
        }
        assert all(api.serving(service) for service in ("", *SERVICES))
        refused = refusal(api.health.Check, health_pb2.HealthCheckRequest(service="masking.v1.None"))
        assert refused.code == grpc.StatusCode.NOT_FOUND

    def test_it_follows_the_store_and_heals(self, api: Api, store: SwitchedStore) -> None:
        store.problem = StoreUnavailable("away")
        eventually(lambda: not any(api.serving(service) for service in ("", *SERVICES)))
        store.problem = None
        eventually(lambda: all(api.serving(service) for service in ("", *SERVICES)))

    def test_a_watcher_hears_every_change(self, api: Api, store: SwitchedStore) -> None:
        watch = api.health.Watch(health_pb2.HealthCheckRequest(service=SERVICES[0]))
        assert next(watch).status == SERVING
        store.problem = StoreUnavailable("away")
        assert next(watch).status == NOT_SERVING
        store.problem = None
        assert next(watch).status == SERVING
        watch.cancel()

    def test_a_store_that_is_away_at_the_start_does_not_keep_the_server_from_starting(
        self, services: Services, store: SwitchedStore
    ) -> None:
        store.problem = StoreUnavailable("away")
        server = GrpcServer(services, "127.0.0.1:0", 2)
        server.start()
        api = Api(server.port)
        assert not api.serving()
        assert refusal(api.sessions.GetSession, pb.GetSessionRequest(name="sessions/a")).code == (
            grpc.StatusCode.UNAVAILABLE
        )
        store.problem = None
        eventually(api.serving)
        api.channel.close()
        server.stop(grace=0)


class TestWrongKeys:
    def test_a_server_with_other_keys_than_the_stores_does_not_start(self, services: Services) -> None:
        store = SwitchedStore()
        fit_keys(store, RingVault.random())
        strange = replace(services, store=store)
        server = GrpcServer(strange, "127.0.0.1:0", 2)
        with pytest.raises(CannotServeError):
            server.start()
        server.stop(grace=0)
        assert server.port == 0

    def test_a_server_that_finds_out_later_gives_up(self, services: Services) -> None:
        class Replaced(SwitchedStore):
            def get_keys(self) -> tuple[KeyCheck, ...]:
                super().get_keys()
                return RingVault.random().checks()

        store = Replaced()
        store.problem = StoreUnavailable("away")
        late = replace(services, store=store)
        given_up: list[CannotServeError] = []
        server = GrpcServer(late, "127.0.0.1:0", 2, give_up=given_up.append)
        server.start()
        store.problem = None
        eventually(lambda: bool(given_up))
        api = Api(server.port)
        assert not api.serving()
        api.channel.close()
        server.stop(grace=0)


class TestReflection:
    def test_every_service_is_named_and_described(self, api: Api) -> None:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(api.channel)
        requests = [
            reflection_pb2.ServerReflectionRequest(list_services=""),
            reflection_pb2.ServerReflectionRequest(file_containing_symbol="masking.v1.SessionService"),
        ]
        listed, described = stub.ServerReflectionInfo(iter(requests))
        names = {service.name for service in listed.list_services_response.service}
        assert {*SERVICES, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} == names
        files = [
            descriptor_pb2.FileDescriptorProto.FromString(data)
            for data in described.file_descriptor_response.file_descriptor_proto
        ]
        assert "masking/v1/session_service.proto" in {file.name for file in files}

    def test_open_streams_take_no_thread_from_the_rpcs(self, api: Api) -> None:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(api.channel)
        requests: list[SimpleQueue[object]] = [SimpleQueue() for _ in range(20)]
        streams = [stub.ServerReflectionInfo(iter(each.get, None)) for each in requests]
        watches = [api.health.Watch(health_pb2.HealthCheckRequest()) for _ in range(20)]
        assert all(next(watch).status == SERVING for watch in watches)
        request = pb.GetSessionRequest(name="sessions/abc")
        assert refusal(api.sessions.GetSession, request, timeout=30).code == grpc.StatusCode.NOT_FOUND
        for each in requests:
            each.put(None)
        for stream in (*streams, *watches):
            stream.cancel()


class TestBackground:
    def test_a_task_that_fails_is_tried_again_and_the_log_hears_of_it_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        outcomes = [None, StoreUnavailable("away"), StoreUnavailable("away"), ValueError("+447700900123"), None, None]
        done: list[int] = []

        def task() -> None:
            index = len(done)
            done.append(index)
            outcome = outcomes[index] if index < len(outcomes) else None
            if outcome is not None:
                raise outcome

        background = Background("housekeeping", task, 0.001)
        background.start()
        eventually(lambda: len(done) > len(outcomes))
        background.stop()
        assert [record.getMessage() for record in caplog.records] == [
            "housekeeping failed, and is tried again: away",
            "housekeeping succeeds again",
        ]

    def test_what_was_never_started_can_be_stopped(self) -> None:
        Background("nothing", lambda: None, 1).stop()


def test_the_server_keeps_house(api: Api, world: World) -> None:
    world.pool(1, retention=MINUTE, cool_off=0)
    name = api.sessions.OpenSession(opening(time_to_live=lasting(60))).session.name
    world.now += 3 * MINUTE
    read = pb.GetSessionRequest(name=name)
    eventually(lambda: world.store.get_session(name.removeprefix("sessions/")) is None)
    assert refusal(api.sessions.GetSession, read).code == grpc.StatusCode.NOT_FOUND
