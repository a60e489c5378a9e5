"""An edge over real services, posted to as the provider posts."""

import json
from dataclasses import replace
from typing import Any, Final

from falcon.testing import Result, TestClient

from adapters.audit_log import AuditLog
from adapters.call_log import BackgroundCallLog
from adapters.composition import Services
from adapters.operations import Page
from adapters.settings import Settings, load_settings
from adapters.storage.registry import open_store
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential, sign
from support.world import World
from webhook_edge.app import create_app
from webhook_edge.operations import operations_pages
from webhook_edge.refusal_log import RefusalLog

PUBLIC_URL: Final = "https://edge.example.org"
CALLBACK_URL: Final = f"{PUBLIC_URL}/infobip/callback"
STATUS_URL: Final = f"{PUBLIC_URL}/infobip/status"
CREDENTIAL: Final = Credential("made-up-id", "made-up-key")


def settings(**changes: Any) -> Settings:
    """The settings of a signed edge, changed as the test wants."""
    given = load_settings(
        {
            "MASKING_STORE": "memory://",
            "MASKING_PUBLIC_URL": PUBLIC_URL,
            "MASKING_WEBHOOK_CREDENTIALS": f"{CREDENTIAL.api_id}:{CREDENTIAL.key}",
        }
    )
    return replace(given, **changes)


def services(world: World) -> Services:
    """The services of a world as the edge takes them."""
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
        credentials=WebhookCredentials(world.store, world.vault),
        api_keys=world.api_keys,
        audit=world.audit,
        audit_log=AuditLog(world.audit),
        store=world.store,
        vault=world.vault,
    )


class Provider:
    """Posts to an edge over the services given, as the provider does.

    By default the log is told of every refusal, for what is told in one test must not sum up another's.
    """

    def __init__(self, behind: Services, refusals: RefusalLog | None = None, **changes: Any) -> None:
        self.app = create_app(behind, settings(**changes), refusals or RefusalLog(lambda _, call: call()))
        self.client = TestClient(self.app)
        self._pages = operations_pages(behind)

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Result:
        """A request that is signed only if the headers say so."""
        return self.client.simulate_post(path, body=body, headers=headers)

    def probe(self, path: str) -> Page:
        """What the operations listener answers."""
        return self._pages[path]()

    def callback(self, body: bytes) -> Result:
        """A signed callback."""
        return self.post("/infobip/callback", body, {"Authorization": sign(CALLBACK_URL, body, CREDENTIAL)})

    def status(self, body: bytes) -> Result:
        """A signed status report."""
        authorization = sign(STATUS_URL, body, CREDENTIAL, is_status=True)
        return self.post("/infobip/status", body, {"Authorization": authorization})

    def call(self, caller: str | None, dialled: str, call: str = "call-1") -> dict[str, Any]:
        """What the provider hears of a call between two numbers in E.164."""
        answer = self.callback(callback_body(caller, dialled, call))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        told: dict[str, Any] = answer.json
        return told


class Edge(Provider):
    """The provider before an edge, and the world behind it."""

    def __init__(self, refusals: RefusalLog | None = None, **changes: Any) -> None:
        self.world = World(open_store("memory://"))
        super().__init__(services(self.world), refusals, **changes)


def signed_request(body: bytes) -> bytes:
    """A signed callback as it goes over the wire."""
    lines = (
        "POST /infobip/callback HTTP/1.1",
        "Host: x",
        f"Authorization: {sign(CALLBACK_URL, body, CREDENTIAL)}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def callback_body(caller: str | None, dialled: str, call: str = "call-1") -> bytes:
    """A callback as the provider writes it."""
    members: dict[str, str] = {"to": dialled.removeprefix("+"), "nmCorrelationId": call, "correlationId": f"{call}-r"}
    if caller is not None:
        members = {"from": caller.removeprefix("+"), **members}
    return json.dumps(members, separators=(",", ":")).encode()
