"""The edge in processes of its own, on a SQLite store, and a client that talks to it byte by byte."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from edge.edge_client import CREDENTIAL, PUBLIC_URL
from masking_core.ports.store import Store
from support.ports import free_ports
from support.world import World

PATIENCE: Final = 60.0
"""Seconds after which something that should have happened will not."""

SERVE: Final = "from adapters.settings import load_settings; from webhook_edge.server import run; run(load_settings())"


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


class EdgeProcess:
    """One running edge. ``log`` is all it wrote."""

    def __init__(self, folder: Path, port: int, program: str = SERVE, **variables: str) -> None:
        self.port = port
        self.ops_port = free_ports(1)[0]
        self._log = folder / f"edge-{port}.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "MASKING_DATA_DIR": str(folder),
            "MASKING_EDGE_ADDRESS": f"127.0.0.1:{port}",
            "MASKING_OPS_ADDRESS": f"127.0.0.1:{self.ops_port}",
            "MASKING_PUBLIC_URL": PUBLIC_URL,
            "MASKING_WEBHOOK_CREDENTIALS": f"{CREDENTIAL.api_id}:{CREDENTIAL.key}",
            "MASKING_EDGE_WORKERS": "1",
            # This machine may stand still for longer than any caller should wait.
            "MASKING_EDGE_QUEUE": "1000",
            "MASKING_EDGE_QUEUE_MS": "10000",
            **variables,
        }
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program], env=self.environment, cwd=folder, stdout=log, stderr=log
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ready(self) -> "EdgeProcess":
        """Wait until it answers."""
        eventually(lambda: self.process.poll() is not None or self.answers(), "the edge answers")
        assert self.process.poll() is None, self.log
        return self

    def answers(self) -> bool:
        """Whether somebody answers, and be it that there is nothing."""
        try:
            return self.get("/")[0] in (403, 404)
        except OSError:
            return False

    def probe(self, path: str) -> tuple[int, bytes]:
        """What the operations listener answers."""
        return self._ask(self.ops_port, "GET", path)

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask(self.port, "GET", path)

    def post(self, path: str, body: bytes, authorization: str) -> tuple[int, bytes]:
        return self._ask(self.port, "POST", path, body, {"Authorization": authorization})

    def _ask(self, port: int, *request: Any) -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.request(*request)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def say(self, *pieces: bytes) -> bytes:
        """All that comes back for these bytes until the edge closes the connection."""
        with self.connect() as client:
            for piece in pieces:
                client.sendall(piece)
            return b"".join(iter(lambda: client.recv(65_536), b""))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def end(self, sign: int = signal.SIGTERM) -> int:
        """Tell the master to stop, and return its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def seeded(folder: Path) -> Iterator[World]:
    """A world on the store and the key file that an edge in this folder uses."""
    keys = folder / "keys.toml"
    KeyFile.create(keys)
    store: Store = open_store(f"sqlite:///{folder}/masking.db")
    store.migrate()
    yield World(store, FileVault(keys), now=time.time_ns() // 1_000)
    store.close()
