"""An account at the stand-in, a running service, and applications of what is desired that die where told."""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from adapters.cli.infobip_session import new_credential
from adapters.composition import Services, wire
from adapters.grpc_server.server import GrpcServer
from adapters.infobip.applying import Applying
from adapters.infobip.client import InfobipClient
from adapters.infobip.desired import Desired
from adapters.infobip.observed import observe
from adapters.infobip.planning import Plan, make_plan
from adapters.infobip.pool_table import PoolTable
from adapters.infobip.transport import Ask, Transport
from adapters.infobip.uploads import Uploads
from adapters.infobip_simulator.account import MASKING
from adapters.infobip_simulator.api import Request
from adapters.infobip_simulator.server import Simulator, serving
from adapters.sealing.vault import RingVault
from adapters.secret import Secret
from adapters.storage.registry import open_store
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking_core.pools import NumberState
from masking_core.ports.numbers import NumberQuery
from masking_core.services.key_rotation import fit_keys
from masking_core.signature import Credential

KEY = "a-made-up-key"
STRANGER = Credential("theirs", "another")
"""What an account may sign with before any edge knows of it."""


class Died(Exception):
    """Stands for a process that was killed."""


class Steps:
    """Counts what an application asks for, and lets it die before one of these requests: after the one before it.

    ``watch`` looks at what has become of everything, whenever a request has changed something.
    """

    def __init__(self, die_at: int = 0, watch: Callable[[], None] = lambda: None) -> None:
        self.taken = 0
        self._die_at = die_at
        self._watch = watch

    def take(self, ask: Callable[[], Any], *, changes: bool) -> Any:
        self.taken += 1
        if self.taken == self._die_at:
            raise Died
        answer = ask()
        if changes:
            self._watch()
        return answer


@dataclass(frozen=True)
class Exchanged:
    """An answer of the stand-in, as ``Transport`` reads one."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        return json.loads(self.content)


class WithoutSockets:
    """Hands requests to the stand-in itself, which takes a twentieth of the time that HTTP takes over a socket."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def request(self, method: str, path: str, *, params: Mapping[str, Any] | None, json: Any) -> Exchanged:
        query = {name: str(value) for name, value in (params or {}).items()}
        body = b"" if json is None else dumped(json)
        headers = {"authorization": f"App {KEY}", "content-type": "application/json"}
        answer = self._simulator.answered(Request(method, path, query, headers, body))
        assert answer is not None
        return Exchanged(answer.status, answer.headers, answer.body())

    def close(self) -> None:
        """There is nothing to give back."""


def dumped(document: Any) -> bytes:
    return json.dumps(document).encode()


class SteppingTransport(Transport):
    """Requests to Infobip, with a step before each."""

    def __init__(self, simulator: Simulator, steps: Steps, *, sockets: bool) -> None:
        if sockets:
            super().__init__(simulator.base_url, Secret(KEY), lambda _: None)
        else:
            self._client = WithoutSockets(simulator)  # type: ignore[assignment] # as much of a client as is used
            self._sleep, self._attempts = lambda _: None, 1
        self._steps = steps

    def ask(self, asked: Ask) -> Any:
        ask = super().ask
        return self._steps.take(lambda: ask(asked), changes=asked.method != "GET")


class SteppingStub:
    """Requests to the service, with a step before each."""

    def __init__(self, stub: NumberServiceStub, steps: Steps) -> None:
        self._stub = stub
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        ask = getattr(self._stub, name)
        changes = not name.startswith(("Get", "List"))
        return lambda request: self._steps.take(lambda: ask(request), changes=changes)


class Scene:
    """The two sides, which outlive every application."""

    def __init__(self, folder: Path, stack: ExitStack, *, sockets: bool = True) -> None:
        self.simulator = stack.enter_context(serving(Simulator(("127.0.0.1", 0), KEY)))
        self._sockets = sockets
        self.services: Services = wire(open_store("memory://"), RingVault.random())
        fit_keys(self.services.store, self.services.vault)
        server = GrpcServer(self.services, "127.0.0.1:0", 2, migrate=True)
        server.start()
        stack.callback(server.stop, grace=0)
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{server.port}"))
        self.stub = NumberServiceStub(channel)
        self.uploads = Uploads(folder / "uploads.json", "account")
        self.configured: tuple[Credential, ...] = (Credential("configured-id", "configured-key"),)

    def apply(
        self, desired: Desired, steps: Steps, *, take_over: Collection[str] = (), prune: bool = False, dry: bool = False
    ) -> Plan:
        """Observe, plan and, unless ``dry``, carry out; the plan."""
        transport = SteppingTransport(self.simulator, steps, sockets=self._sockets)
        client = InfobipClient(transport)
        table = PoolTable(SteppingStub(self.stub, steps))  # type: ignore[arg-type] # it passes everything on

        def accept(pair: Credential) -> None:
            accepting = self.services.credentials.change
            steps.take(lambda: accepting(lambda record: record.accepting([pair])), changes=True)

        try:
            accepted = self.services.credentials.load().in_force(self.configured)
            observed = observe(client, table, accepted, lambda *_: None)
            plan = make_plan(desired, observed, self.uploads, take_over=take_over, prune=prune)
            if not dry:
                applying = Applying(client, table, self.uploads, accept=accept, make=new_credential)
                applying.apply(plan, desired, observed, lambda *_: None)
        finally:
            transport.close()
        return plan

    def pooled(self, state: NumberState | None = None) -> dict[str, str]:
        """The pool of each number."""
        found = self.services.pools.list_numbers(NumberQuery(state=state, limit=100_000))
        return {each.number: each.pool for each in found}

    def voices(self) -> dict[str, str]:
        """Where each number's calls lead: to the name of a configuration, or to another action."""
        account = self.simulator.account
        found: dict[str, str] = {}
        for number in account.numbers.values():
            action = (number.voice or {}).get("action", {})
            configuration = account.configurations.get(action.get("voiceNumberMaskingConfigKey", ""), {})
            found[f"+{number.number}"] = configuration.get("name", action.get("type", "nothing"))
        return found

    def assert_every_live_number_works(self, callback_url: str) -> None:
        """Each number that sessions have or may get leads to the edge, which accepts what was set for it to."""
        account = self.simulator.account
        owned = {f"+{each.number}": each for each in account.numbers.values()}
        for number in self.pooled():
            if number in owned:
                action = (owned[number].voice or {}).get("action", {})
                assert action.get("type") == MASKING, number
                configuration = account.configurations.get(action["voiceNumberMaskingConfigKey"])
                assert configuration is not None, number
                assert configuration["callbackUrl"] == callback_url
        pair = account.credentials
        if pair is not None and pair["apiId"] != STRANGER.api_id:
            accepted = self.services.credentials.load().in_force(self.configured)
            assert Credential(pair["apiId"], pair["key"]) in accepted

    def end_state(self) -> tuple[Any, ...]:
        """All that an application leaves behind, but for keys that are new every time."""
        account = self.simulator.account
        drafts = {
            name: {member: text for member, text in each.items() if not member.endswith("DateTime") and member != "key"}
            for each in account.configurations.values()
            for name in (each["name"],)
        }
        pools = {each.name for each in self.services.pools.list("", 1000)}
        states = (self.pooled(NumberState.IN_SERVICE), self.pooled(NumberState.DRAINING))
        return self.voices(), drafts, bool(account.credentials), pools, states
