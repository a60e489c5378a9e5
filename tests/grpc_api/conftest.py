from collections.abc import Iterator

import pytest

from adapters.audit_log import AuditLog
from adapters.call_log import BackgroundCallLog
from adapters.composition import Services
from adapters.grpc_server.server import GrpcServer
from grpc_api.grpc_caller import Api
from grpc_api.switched_store import SwitchedStore
from masking_core.services.webhook_credentials import WebhookCredentials
from support.world import World


@pytest.fixture
def store() -> SwitchedStore:
    return SwitchedStore()


@pytest.fixture
def world(store: SwitchedStore) -> World:
    """The system behind the server; its clock is the test's."""
    return World(store)


@pytest.fixture
def services(world: World, store: SwitchedStore) -> Services:
    return Services(
        sessions=world.sessions,
        pools=world.pools,
        outlooks=world.outlooks,
        routing=world.routing,
        reports=world.reports,
        calls=world.calls,
        summaries=world.summaries,
        explaining=world.explaining,
        recordings=world.recordings,
        erasing=world.erasing,
        blocks=world.blocks,
        housekeeping=world.housekeeping,
        call_log=BackgroundCallLog(world.recording),
        credentials=WebhookCredentials(store, world.vault),
        api_keys=world.api_keys,
        audit=world.audit,
        audit_log=AuditLog(world.audit),
        store=store,
        vault=world.vault,
    )


@pytest.fixture
def server(services: Services) -> Iterator[GrpcServer]:
    server = GrpcServer(services, "127.0.0.1:0", 8)
    server.start()
    yield server
    server.stop(grace=0)


@pytest.fixture
def api(server: GrpcServer) -> Iterator[Api]:
    api = Api(server.port)
    yield api
    api.channel.close()
