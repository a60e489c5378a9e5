"""Redis behind TLS, with users that may do no more than they need."""

import datetime as dt
import ipaddress
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.storage.registry import open_store
from masking_core.call_records import CallQuery
from masking_core.errors import StoreNotReady, StoreUnavailable
from masking_core.events import EARLIEST
from masking_core.instants import HOUR
from masking_core.phone_number import RealNumber
from masking_core.pins import PinPolicy, PinTry
from masking_core.services.call_reports import ReportedCall
from redis_store.redis_rights import NEEDED
from support.callers import decided, record
from support.ports import free_ports
from support.redis_servers import Server
from support.tls_front import TlsFront
from support.world import POOL, World, proxies, real, virtual


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(append_only=False).start()
    yield server
    server.remove()


def test_a_user_needs_no_more_than_is_said(server: Server) -> None:
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "masking", "on", ">hidden", "~m:*", *NEEDED)
        client.execute_command("ACL", "SETUSER", "default", "off")
    world = World(open_store(f"redis://masking:hidden@{server.address}?prefix=m:"))
    world.store.check()
    world.pool(2)
    view = world.open(1, 2, request_id="r", reference="trip", reserve_numbers=True)
    assert world.dials(1, proxies(view)[0]) == (real(2), proxies(view)[1])
    world.reports.keep(b"report", ReportedCall())
    record(world, decided(world, "c1", correlation_ids=("nm-1",)))
    assert world.store.find_calls("nm-1") == world.store.list_calls(CallQuery())
    (hour,) = world.store.counted_hours(POOL, world.now, world.now + HOUR)
    world.store.put_counts(POOL, [replace(hour, counted_version=hour.version, counts=b"counted")])
    assert world.store.read_events(EARLIEST, 9).events
    assert world.store.read_events(world.store.latest_token(), 9).events == ()
    assert world.store.take_try(virtual(0), "c1", b"key", PinPolicy(), world.now) is PinTry.GRANTED
    world.store.give_back_try(virtual(0), world.now)
    assert not world.store.is_locked(virtual(0), world.now)
    assert world.erasing.erase(RealNumber(real(1))).calls_anonymised == 1
    world.sessions.close(world.open(3, 4).session.session_id)
    world.now += 60 * 86_400 * 1_000_000
    world.housekeeping.sweep()
    world.pools.remove_numbers([virtual(0), virtual(1)])


def test_a_user_who_may_not_ask_for_settings_is_served_all_the_same(server: Server) -> None:
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "masking", "on", ">hidden", "~*", *NEEDED, "-info", "-config")
    world = World(open_store(f"redis://masking:hidden@{server.address}"))
    world.store.check()


def test_a_user_who_may_not_write_is_told_so(server: Server) -> None:
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">hidden", "~*", "+@read", "+@connection")
    with pytest.raises(StoreNotReady, match="may not run a command"):
        open_store(f"redis://reader:hidden@{server.address}").migrate()
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "reader", "+@scripting")
    with pytest.raises(StoreNotReady, match="may not run a command"):
        open_store(f"redis://reader:hidden@{server.address}").migrate()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "redis.crt", folder / "redis.key"
    certificate_path.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_path, key_path


@contextmanager
def speaking_tls(certificate: Path, key: Path) -> Iterator[int]:
    """The port on which a server speaks TLS, by itself or, where it is built without, behind a front that does."""
    port = free_ports(1)[0]
    settings = ("--tls-port", str(port), "--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    with ExitStack() as stack:
        server = Server(*settings, "--tls-ca-cert-file", str(certificate), "--tls-auth-clients", "no")
        stack.callback(server.remove)
        try:
            server.start()
        except RuntimeError:
            plain = Server().start()
            stack.callback(plain.remove)
            front = TlsFront(plain.port, certificate, key)
            stack.callback(front.close)
            port = front.port
        yield port


def test_tls_is_spoken_and_the_server_is_checked(tmp_path: Path) -> None:
    path, key = certificate(tmp_path)
    with speaking_tls(path, key) as port:
        world = World(open_store(f"rediss://127.0.0.1:{port}?tls_ca={path}"))
        world.pool()
        assert world.dials(1, proxies(world.open(1, 2))[0])
        world.store.close()
        with pytest.raises(StoreUnavailable):
            open_store(f"rediss://127.0.0.1:{port}").check()
