"""TLS, certificates that change while the server serves, and settings that would leave the door open."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Semaphore, Thread
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from adapters.composition import Services
from adapters.grpc_server.certificates import Certificates
from adapters.grpc_server.door import Door, door_of
from adapters.grpc_server.server import GrpcServer
from adapters.settings import SettingsError, load_settings
from grpc_api.keyed import bearing, made
from grpc_api.polling import eventually
from masking.v1 import number_service_pb2 as pb
from masking.v1.event_service_pb2 import WatchEventsRequest
from masking.v1.event_service_pb2_grpc import EventServiceStub
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking_core.access import Scope
from support.certificates import Authority
from support.world import World

NAME = "spiffe://example.org/billing"
OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Tls:
    """A server over TLS, and its clients."""

    def __init__(self, services: Services, files: tuple[Path, Path], ca: Path, client_ca: Path | None = None) -> None:
        self._ca = ca
        door = Door(Certificates(*files, client_ca), "", open_reflection=False)
        self.server = GrpcServer(services, "127.0.0.1:0", 8, door=door)
        self.server.start()

    def channel(self, files: tuple[Path, Path] | None = None, ca: Path | None = None) -> grpc.Channel:
        certificate, key = (None, None) if files is None else (file.read_bytes() for file in files)
        credentials = grpc.ssl_channel_credentials((ca or self._ca).read_bytes(), key, certificate)
        return grpc.secure_channel(f"127.0.0.1:{self.server.port}", credentials, options=OPTIONS)

    def status(self, token: str = "", files: tuple[Path, Path] | None = None, ca: Path | None = None) -> str:
        """What a list of pools is answered over a new connection."""
        with self.channel(files, ca) as channel:
            return listed(channel, token)


def listed(channel: grpc.Channel, token: str = "") -> str:
    try:
        metadata = bearing(token) if token else None
        NumberServiceStub(channel).ListPools(pb.ListPoolsRequest(), metadata=metadata, timeout=30)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code.name
    return "OK"


@pytest.fixture
def token(world: World) -> str:
    return made(world, Scope.NUMBERS_READ, Scope.EVENTS_READ)


@pytest.fixture
def tls(services: Services, authority: Authority, token: str) -> Iterator[Tls]:
    del token
    tls = Tls(services, authority.issue("server", server=True), authority.file)
    yield tls
    tls.server.stop(grace=0)


def test_a_key_comes_over_tls_and_plain_text_is_not_answered(tls: Tls, token: str) -> None:
    assert (tls.status(token), tls.status()) == ("OK", "UNAUTHENTICATED")
    with grpc.insecure_channel(f"127.0.0.1:{tls.server.port}", options=OPTIONS) as channel:
        assert listed(channel, token) == "UNAVAILABLE"


def test_every_client_needs_a_certificate_where_a_ca_is_set_and_its_name_stands_for_a_key(
    services: Services, world: World, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "another CA")
    made(world, Scope.NUMBERS_READ, identity=NAME)
    made(world, Scope.NUMBERS_READ, identity="by-its-common-name")
    tls = Tls(services, authority.issue("server", server=True), authority.file, authority.file)
    try:
        assert tls.status(files=authority.issue("billing", NAME)) == "OK"
        assert tls.status(files=authority.issue("by-its-common-name")) == "OK"
        assert tls.status(files=authority.issue("by-its-common-name", "spiffe://example.org/x")) == "UNAUTHENTICATED"
        assert tls.status(files=authority.issue("nobody", "spiffe://example.org/x")) == "UNAUTHENTICATED"
        assert tls.status(files=stranger.issue("billing", NAME)) == "UNAVAILABLE"
        assert tls.status() == "UNAVAILABLE"
    finally:
        tls.server.stop(grace=0)


def moved(files: tuple[Path, Path], over: tuple[Path, Path]) -> None:
    """Put the files of a certificate in the place of others', as tools do."""
    for file, place in zip(files, over, strict=True):
        beside = place.with_suffix(".new")
        shutil.copy(file, beside)
        beside.replace(place)


def test_a_new_certificate_is_taken_up_under_load_and_cuts_nobody_off(
    tls: Tls, token: str, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    newer = Authority(tmp_path / "new", "a newer CA")
    ended = Event()
    failed: list[str] = []
    under_way = Semaphore(0)

    def load() -> None:
        with tls.channel() as channel:
            while not ended.is_set():
                status = listed(channel, token)
                under_way.release()
                if status != "OK":
                    failed.append(status)

    threads = [Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in threads:
            under_way.acquire()
        assert tls.status(token, ca=newer.file) == "UNAVAILABLE"
        moved(newer.issue("server", server=True), (tmp_path / "server.crt", tmp_path / "server.key"))
        assert tls.status(token, ca=newer.file) == "OK"
        assert tls.status(token, ca=authority.file) == "UNAVAILABLE"
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failed == []


@pytest.mark.parametrize("broken", ["server.crt", "server.key", "gone", "another's"])
def test_files_that_are_wrong_leave_the_certificate_in_force_and_are_told_once(
    broken: str, tls: Tls, token: str, authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    if broken == "gone":
        (tmp_path / "server.key").unlink()
    elif broken == "another's":
        shutil.copy(authority.issue("other", server=True)[1], tmp_path / "server.key")
    else:
        (tmp_path / broken).write_text("-----BEGIN NONSENSE-----\n")
    assert [tls.status(token) for _ in range(3)] == ["OK"] * 3
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told.startswith("the certificate from before stays in force: ")
    authority.issue("server", server=True)
    assert tls.status(token) == "OK"
    assert "gRPC has taken up a new certificate" in caplog.text


def test_the_clients_ca_is_exchanged_like_the_certificate(
    services: Services, world: World, authority: Authority, tmp_path: Path
) -> None:
    made(world, Scope.NUMBERS_READ, identity=NAME)
    (tmp_path / "new").mkdir()
    newer = Authority(tmp_path / "new", "a newer CA")
    clients = tmp_path / "clients.pem"
    shutil.copy(authority.file, clients)
    tls = Tls(services, authority.issue("server", server=True), authority.file, clients)
    try:
        files = newer.issue("billing", NAME)
        assert tls.status(files=files) == "UNAVAILABLE"
        shutil.copy(newer.file, clients)
        assert tls.status(files=files) == "OK"
    finally:
        tls.server.stop(grace=0)


def test_health_is_open_to_everybody_and_reflection_to_whoever_has_a_key(tls: Tls, token: str) -> None:
    with tls.channel() as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=30).status == 1
        described: Any = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
        asked = [reflection_pb2.ServerReflectionRequest(list_services="")]
        with pytest.raises(grpc.RpcError) as refused:
            list(described(iter(asked), timeout=30))
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        (answer,) = described(iter(asked), metadata=bearing(token), timeout=30)
        assert "masking.v1.SessionService" in str(answer)


def test_the_streams_of_a_revoked_key_are_cut(tls: Tls, token: str, world: World) -> None:
    with tls.channel() as channel:
        watching: Any = EventServiceStub(channel).WatchEvents(WatchEventsRequest(), metadata=bearing(token))
        next(watching)
        (key,) = world.api_keys.table().keys
        world.api_keys.revoke(key.key_id)
        with pytest.raises(grpc.RpcError) as ended:
            next(watching)
        assert ended.value.code() is grpc.StatusCode.CANCELLED
        eventually(lambda: listed(channel, token) == "UNAUTHENTICATED")


def door(**given: str) -> Door:
    return door_of(load_settings({f"MASKING_{name.upper()}": value for name, value in given.items()}))


def test_on_loopback_the_door_is_open_until_there_are_keys() -> None:
    for address in ("127.0.0.1:50051", "[::1]:50051", "localhost:50051", "127.1.2.3:1"):
        assert door(grpc_address=address) == Door(None, "local", open_reflection=True)


@pytest.mark.parametrize("address", ["0.0.0.0:50051", "[::]:50051", "10.0.0.5:50051", "masking.example.org:50051"])
def test_beyond_loopback_it_takes_tls_and_keys_unless_somebody_says_otherwise(address: str) -> None:
    with pytest.raises(SettingsError, match="MASKING_GRPC_CERTIFICATE"):
        door(grpc_address=address)
    secure = door(grpc_address=address, grpc_certificate="a", grpc_key="b")
    assert (secure.keyless, secure.open_reflection, secure.warnings) == ("", False, ())
    assert secure.certificates is not None
    plain = door(grpc_address=address, grpc_tls="none")
    assert (plain.certificates, plain.keyless, len(plain.warnings)) == (None, "", 1)
    keyless = door(grpc_address=address, grpc_tls="none", grpc_auth="none")
    assert (keyless.keyless, keyless.open_reflection, len(keyless.warnings)) == ("anyone", False, 2)


@pytest.mark.parametrize("given", [{"grpc_certificate": "a"}, {"grpc_key": "a"}, {"grpc_client_ca": "a"}])
def test_certificate_and_key_go_together(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="go together"):
        door(**given)


def test_a_door_that_stands_open_says_so_at_every_start(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    server = GrpcServer(
        services, "127.0.0.1:0", 2, door=door(grpc_address="0.0.0.0:1", grpc_tls="none", grpc_auth="none")
    )
    server.start()
    server.stop(grace=0)
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [each.split(",")[0].split(":")[0] for each in told] == [
        "gRPC is served in plain text beyond this machine",
        "gRPC is served to whoever reaches it",
    ]


def test_a_server_does_not_start_with_files_that_are_wrong(services: Services, tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    server = GrpcServer(services, "127.0.0.1:0", 2, door=Door(Certificates(missing, missing, None)))
    with pytest.raises(SettingsError, match=r"missing\.pem: No such file"):
        server.start()
    server.stop(grace=0)
