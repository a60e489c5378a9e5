import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from adapters.cli.environment import settings
from adapters.composition import Services, wire
from adapters.grpc_server.server import GrpcServer
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from cli.command_line import CommandLine, Machine
from webhook_edge.app import create_app
from webhook_edge.refusal_log import RefusalLog


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and an empty folder to work in."""
    for name in os.environ:
        if name.startswith("MASKING_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def masking(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


@pytest.fixture
def services() -> Services:
    return wire(open_store("memory://"), RingVault.random())


@pytest.fixture
def server(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[GrpcServer]:
    """A gRPC server that the settings name."""
    server = GrpcServer(services, "127.0.0.1:0", 4, migrate=True)
    server.start()
    monkeypatch.setenv("MASKING_GRPC_ADDRESS", f"127.0.0.1:{server.port}")
    yield server
    server.stop(grace=0)


@pytest.fixture
def edge(services: Services, server: GrpcServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An edge beside the server, that the settings name; its credentials are theirs."""
    del server
    monkeypatch.setenv("MASKING_WEBHOOK_CREDENTIALS", "new-id:new-key old-id:old-key")
    monkeypatch.setenv("MASKING_CALLBACK_URLS", "https://masking.example.org/infobip/callback")
    monkeypatch.setenv("MASKING_STATUS_URLS", "https://masking.example.org/infobip/status")
    app = create_app(services, settings(), RefusalLog(lambda _, call: call()))
    with make_server("127.0.0.1", 0, app, handler_class=_Silent) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = f"127.0.0.1:{listening.server_port}"
        monkeypatch.setenv("MASKING_EDGE_ADDRESS", address)
        yield address
        listening.shutdown()
        thread.join()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A folder and two free ports, which the settings of the test's own process name too."""
    machine = Machine(tmp_path)
    for server in ("GRPC", "EDGE", "OPS", "GRPC_OPS"):
        name = f"MASKING_{server}_ADDRESS"
        monkeypatch.setenv(name, machine.environment[name])
    yield machine
    machine.stop()


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
