"""The database goes away from under real servers, in either of the two ways, and comes back."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from e2e.site import PATIENCE, POOL, Site
from masking.v1 import session_service_pb2 as pb
from support.postgres_servers import PostgresServer
from support.tcp_proxy import TcpProxy
from support.world import real, virtual

TIMEOUT = 3


@pytest.fixture
def proxy(server: PostgresServer) -> Iterator[TcpProxy]:
    proxy = TcpProxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def site(server: PostgresServer, proxy: TcpProxy, tmp_path: Path) -> Iterator[Site]:
    url = server.fresh_database().replace(f":{server.port}/", f":{proxy.port}/")
    site = Site(tmp_path, f"{url}?sslmode=disable&gssencmode=disable")
    site.run("migrate")
    site.start("serve-grpc", "serve-edge")
    site.add_pool([virtual(index) for index in range(4)])
    yield site
    site.stop()


def test_callers_are_told_while_the_database_is_away_and_served_once_it_is_back(
    site: Site, server: PostgresServer, proxy: TcpProxy
) -> None:
    session = site.open(real(1), real(2))
    dialled = session.participants[0].proxy_number

    def is_served() -> None:
        assert site.call(real(1), dialled)["phoneNumber"] == real(2)[1:]
        assert site.sessions.GetSession(pb.GetSessionRequest(name=session.name), timeout=TIMEOUT) == session
        assert site.report(clientReferenceId="some-session.some-call").status_code == 200
        assert site.edge_serves()

    is_served()
    ways: tuple[tuple[Callable[[], None], Callable[[], None]], ...] = (
        (server.kill, server.start),
        (proxy.freeze, proxy.thaw),
        (server.stop, server.start),
    )
    for leave, come_back in ways:
        leave()
        check_away(site, session.name, dialled)
        come_back()
        is_served()
        wait_until(site.grpc_serves)


def check_away(site: Site, name: str, dialled: str) -> None:
    participants = [pb.Participant(phone_numbers=[real(index)]) for index in (3, 4)]
    for ask in (
        lambda: site.sessions.GetSession(pb.GetSessionRequest(name=name), timeout=TIMEOUT),
        lambda: site.sessions.CloseSession(pb.CloseSessionRequest(name=name), timeout=TIMEOUT),
        lambda: site.sessions.OpenSession(pb.OpenSessionRequest(pool=POOL, participants=participants), timeout=TIMEOUT),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            ask()
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert site.call(real(1), dialled)["fileUrl"].endswith("/audio/temporarily-unavailable.mp3")
    assert site.report(clientReferenceId="some-session.some-call").status_code == 503
    assert httpx.get(f"http://{site.edge_address}/readyz", timeout=PATIENCE).status_code == 503
    assert httpx.get(f"http://{site.edge_address}/healthz", timeout=PATIENCE).status_code == 200
    wait_until(lambda: not site.grpc_serves())


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
