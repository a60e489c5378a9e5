"""A gRPC server and an edge as real processes over one store, and the people who use them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from masking.v1 import number_service_pb2 as numbers_pb
from masking.v1 import session_service_pb2 as pb
from masking.v1.call_service_pb2_grpc import CallServiceStub
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking.v1.session_service_pb2_grpc import SessionServiceStub
from masking_core.signature import Credential, sign
from support.children import children_of, wait_until_gone
from support.ports import free_ports

CREDENTIAL: Final = Credential("site-id", "site-key")
POOL: Final = "pools/ride-uk"
PATIENCE: Final = 60.0


class Site:
    """The processes; each can be killed and started again on its own port.

    The store is a SQLite file by default; ``settings`` are others than usual. One that is given ``keys`` has
    those of another site, whose store it shares.
    """

    def __init__(self, folder: Path, store: str = "", **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.grpc_address, self.edge_address, self.ops_address, self.grpc_ops_address = (
            f"127.0.0.1:{port}" for port in free_ports(4)
        )
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("MASKING_")} | {
            "MASKING_DATA_DIR": str(folder / "data"),
            "MASKING_GRPC_ADDRESS": self.grpc_address,
            "MASKING_EDGE_ADDRESS": self.edge_address,
            "MASKING_OPS_ADDRESS": self.ops_address,
            # This machine may stand still for longer than any caller should wait.
            "MASKING_EDGE_QUEUE": "1000",
            "MASKING_EDGE_QUEUE_MS": "10000",
            "MASKING_GRPC_OPS_ADDRESS": self.grpc_ops_address,
            "MASKING_WEBHOOK_CREDENTIALS": f"{CREDENTIAL.api_id}:{CREDENTIAL.key}",
        }
        if store:
            self.environment |= {"MASKING_STORE": store, "MASKING_KEYS": str(folder / "data" / "keys.toml")}
        self.environment |= {f"MASKING_{name.upper()}": value for name, value in settings.items()}
        if "keys" not in settings:
            self.run("keys", "generate", str(folder / "data" / "keys.toml"))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.calls = count(1)
        self.channel = grpc.insecure_channel(self.grpc_address)
        self.sessions = SessionServiceStub(self.channel)
        self.numbers = NumberServiceStub(self.channel)
        self.call_records = CallServiceStub(self.channel)
        self.client = httpx.Client(timeout=PATIENCE)

    def run(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "adapters.cli", *arguments]
        subprocess.run(command, check=True, env=self.environment, cwd=self.folder, stdout=subprocess.DEVNULL)

    def start(self, *commands: str) -> None:
        """Start ``serve-grpc``, ``serve-edge`` or both, and wait until they serve."""
        self.begin(*commands)
        for command in commands:
            self.wait_for(command)

    def begin(self, *commands: str) -> None:
        """Start, and wait for nothing."""
        for command in commands:
            with (self.folder / f"{command}.log").open("ab") as log:
                self.running[command] = subprocess.Popen(
                    [sys.executable, "-m", "adapters.cli", command],
                    env=self.environment,
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                )

    def kill(self, command: str) -> None:
        """SIGKILL, and wait until the workers that it leaves behind have noticed."""
        workers = children_of(self.running[command].pid)
        self.running[command].kill()
        self.running[command].wait()
        wait_until_gone(workers)

    def wait_for(self, command: str) -> None:
        end = time.monotonic() + PATIENCE
        while not (self.grpc_serves() if command == "serve-grpc" else self.edge_serves()):
            if time.monotonic() > end or self.running[command].poll() is not None:
                raise RuntimeError(f"{command} does not come up: " + (self.folder / f"{command}.log").read_text())
            time.sleep(0.05)

    def grpc_serves(self) -> bool:
        try:
            with grpc.insecure_channel(self.grpc_address) as channel:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def edge_serves(self) -> bool:
        """Whether it is ready, and at its public port too."""
        try:
            ready = self.client.get(f"http://{self.ops_address}/readyz").status_code == 200
            return ready and self.client.get(f"http://{self.edge_address}/").status_code == 404
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        self.client.close()
        self.channel.close()
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait()

    def add_pool(self, numbers: Sequence[str]) -> None:
        self.numbers.CreatePool(numbers_pb.CreatePoolRequest(pool_id="ride-uk"))
        request = numbers_pb.AddNumbersRequest(pool=POOL)
        for number in numbers:
            request.numbers.add(number=number)
        self.numbers.AddNumbers(request)

    def open(self, a: str, b: str, request_id: str = "", **asked: Any) -> pb.Session:
        participants = [pb.Participant(phone_numbers=[number]) for number in (a, b)]
        request = pb.OpenSessionRequest(pool=POOL, participants=participants, request_id=request_id, **asked)
        return self.sessions.OpenSession(request, wait_for_ready=True, timeout=PATIENCE).session

    def close(self, session: pb.Session) -> pb.Session:
        return self.sessions.CloseSession(pb.CloseSessionRequest(name=session.name), timeout=PATIENCE)

    def call(self, caller: str, dialled: str) -> dict[str, Any]:
        """Post a callback as the provider does, and return the command."""
        call_id = f"call-{next(self.calls)}"
        body = {"from": caller.lstrip("+"), "to": dialled.lstrip("+"), "nmCorrelationId": call_id}
        answer = self.post("callback", body)
        answer.raise_for_status()
        command: dict[str, Any] = answer.json()
        return command

    def report(self, **members: object) -> httpx.Response:
        return self.post("status", members, is_status=True)

    def post(self, kind: str, members: dict[str, Any], *, is_status: bool = False) -> httpx.Response:
        url = f"http://{self.edge_address}/infobip/{kind}"
        body = json.dumps(members).encode()
        return self.client.post(
            url, content=body, headers={"Authorization": sign(url, body, CREDENTIAL, is_status=is_status)}
        )
