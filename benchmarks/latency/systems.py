"""What is measured side by side: the floor, ours on each store, and the peers; each with a store of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from adapters.sealing.key_file import KeyFile
from edge.edge_client import CALLBACK_URL, CREDENTIAL, PUBLIC_URL
from latency.processes import Served
from latency.scene import Book
from peers.data import fill_postgres, fill_redis
from support.postgres_servers import PostgresServer
from support.redis_servers import Cluster, Server, fresh_prefix

ROOT = Path(__file__).parents[2]
BENCH_BIN = ROOT / ".venv-bench" / "bin"
OWN_STORES = ("memory", "sqlite", "redis", "redis+cluster", "postgresql")
PEERS = ("flask-postgres", "fastapi-postgres", "fastapi-redis")
UNRECORDED = ", unrecorded"
"""Behind the name of a store: the edge as it would be if it recorded no calls, as no peer does."""

_IN_ONE_PROCESS = "memory"
_READ_BY_CALLBACKS = b"""
SELECT pg_prewarm(oid) FROM pg_class
WHERE relname IN ('numbers', 'numbers_pkey', 'routes', 'routes_pkey', 'sessions', 'sessions_pkey')
      AND relnamespace = 'masking'::regnamespace
"""
_READ_AT_ONCE = 2**20
_ANY_CALL: Book = [("+447700900001", "+442079460001", "", "")]


@dataclass
class System:
    """One system under load. ``floor`` names what it is compared with; ``databases`` are its servers' process ids."""

    name: str
    floor: str
    served: Served
    book: Book
    databases: list[int] = field(default_factory=list)


@dataclass
class Laboratory:
    """Starts systems in one folder, and the database servers that they need once for all."""

    folder: Path
    workers: int = 2
    threads: int = 8
    sessions: int = 1_000
    _postgres: PostgresServer | None = None
    _redis: Server | None = None
    _cluster: Cluster | None = None
    _served: list[Served] = field(default_factory=list)
    _made: int = 0

    def __post_init__(self) -> None:
        """See to it that whoever ends this process ends what it started, too."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def floor(self, workers: int) -> System:
        """The empty handler on so many workers, of the threaded kind that gunicorn comes with."""
        command = [sys.executable, "-m", "gunicorn", *self._gthread(workers), "latency.empty:app"]
        served = self._start(command, {"PATH": os.environ["PATH"], **_sources(ROOT)})
        return System(_floor(workers), _floor(workers), served, _ANY_CALL)

    def empty(self, workers: int) -> System:
        """The same handler on so many workers of the edge's own kind."""
        variables = self._edge_variables("sqlite:///unused.db", workers)
        served = self._start([sys.executable, "-m", "latency.empty"], {**variables, **_sources(ROOT)})
        return System(f"empty-{workers}w", _floor(workers), served, _ANY_CALL)

    def _gthread(self, workers: int) -> list[str]:
        return [
            *("--worker-class", "gthread", "--workers", f"{workers}", "--threads", f"{self.threads}"),
            *("--reuse-port", "--keep-alive", "75", "--no-control-socket", "--bind", "127.0.0.1:{port}"),
        ]

    def ours(self, name: str, tree: Path = ROOT, mark: str = "", workers: int | None = None) -> System:
        """Our edge over a store, as the sources in ``tree`` have it; ``mark`` tells two trees apart."""
        store = name.removesuffix(UNRECORDED)
        workers = 1 if store == _IN_ONE_PROCESS else workers or self.workers
        url, databases = self.store(store)
        self._made += 1
        keys, book = self.folder / f"keys-{self._made}.toml", self.folder / f"book-{self._made}.json"
        KeyFile.create(keys)
        variables = {**self._edge_variables(url, workers), "MASKING_KEYS": str(keys), **_sources(tree)}
        told = [str(self.sessions), str(book)]
        if store != _IN_ONE_PROCESS:
            command = [sys.executable, "-m", "latency.scene", url, str(keys), *told]
            subprocess.run(command, env=variables, cwd=self.folder, check=True)
        told += ["unrecorded"] * (store != name)
        served = self._start([sys.executable, "-m", "latency.ours", *told], variables)
        return System(f"{name}{mark}", _floor(workers), served, json.loads(book.read_text()), databases)

    def peer(self, name: str, book: Book) -> System:
        """What a team would write, over the same data as ``book``."""
        framework, _, store = name.partition("-")
        if store == "postgres":
            url, databases = self.store("postgresql")
            fill_postgres(url, book)
        else:
            server = self._redis_server()
            url, databases = f"redis://{server.address}/1", _pids(server)
            fill_redis(url, book)
        if framework == "flask":
            url = url.replace("postgresql://", "postgresql+psycopg://")
            command = [str(BENCH_BIN / "gunicorn"), *self._gthread(self.workers)]
        else:
            command = [str(BENCH_BIN / "uvicorn"), "--workers", str(self.workers), "--loop", "uvloop"]
            command += ["--http", "httptools", "--no-access-log", "--port", "{port}", "--timeout-keep-alive", "75"]
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "benchmarks"),
            "PEER_STORE": url,
            "PEER_URL": CALLBACK_URL,
            "PEER_CREDENTIAL": f"{CREDENTIAL.api_id}:{CREDENTIAL.key}",
        }
        served = self._start([*command, f"peers.{framework}_{store}:app"], variables)
        return System(name, _floor(self.workers), served, book, databases)

    def grpc(self, url: str, keys: Path) -> Served:
        """The gRPC server over a store that is filled."""
        variables = {**self._edge_variables(url, 1), "MASKING_KEYS": str(keys), **_sources(ROOT)}
        variables["MASKING_GRPC_ADDRESS"] = "127.0.0.1:{port}"
        return self._start([sys.executable, "-m", "adapters.cli", "serve-grpc"], variables)

    def read_once(self, kind: str, url: str) -> bool:
        """Have what callbacks read of a store that lies in files read from end to end; whether it lies in files."""
        if kind == "sqlite":
            with Path(url.removeprefix("sqlite://")).open("rb") as file:
                while file.read(_READ_AT_ONCE):
                    pass
        if kind == "postgresql" and self._postgres is not None:
            with self._postgres.admin(urlsplit(url).path[1:]) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
                connection.execute(_READ_BY_CALLBACKS)
        return kind in ("sqlite", "postgresql")

    def close(self) -> None:
        """End everything that was started."""
        for served in self._served:
            served.stop()
        for server in (self._redis, self._cluster):
            if server is not None:
                server.remove()

    def _start(self, command: list[str], variables: dict[str, str]) -> Served:
        served = Served(command, variables, self.folder)
        served.start()
        self._served.append(served)
        return served

    def _edge_variables(self, url: str, workers: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "MASKING_STORE": url,
            "MASKING_DATA_DIR": str(self.folder),
            "MASKING_EDGE_ADDRESS": "127.0.0.1:{port}",
            "MASKING_OPS_ADDRESS": "none",
            # What is measured is how all are answered, and not how many are turned away.
            "MASKING_EDGE_QUEUE": "1000",
            "MASKING_EDGE_QUEUE_MS": "10000",
            "MASKING_EDGE_WORKERS": str(workers),
            "MASKING_EDGE_THREADS": str(self.threads),
            "MASKING_PUBLIC_URL": PUBLIC_URL,
            "MASKING_WEBHOOK_CREDENTIALS": f"{CREDENTIAL.api_id}:{CREDENTIAL.key}",
        }

    def store(self, kind: str, name: str = "") -> tuple[str, list[int]]:
        """The URL of a private store, and the processes behind it; ``name`` tells files apart."""
        makers: dict[str, Callable[[], tuple[str, list[int]]]] = {
            "memory": lambda: ("memory://", []),
            "sqlite": lambda: (f"sqlite:///{self.folder}/store-{self._made}{name}.db", []),
            "redis": lambda: (
                f"redis://{self._redis_server().address}/0?prefix={fresh_prefix()}",
                _pids(self._redis_server()),
            ),
            "redis+cluster": self._cluster_store,
            "postgresql": self._postgres_store,
        }
        return makers[kind]()

    def _redis_server(self) -> Server:
        self._redis = self._redis or Server(on_disk=True).start()
        return self._redis

    def _cluster_store(self) -> tuple[str, list[int]]:
        self._cluster = self._cluster or Cluster(on_disk=True)
        return f"redis+cluster://{self._cluster.address}?prefix={fresh_prefix()}", _pids(*self._cluster.servers)

    def _postgres_store(self) -> tuple[str, list[int]]:
        # Unlike in the tests, what is acknowledged is on the disk, and the database looks after itself.
        safe = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": f"{_quarter()}MB"}
        self._postgres = self._postgres or PostgresServer.made(**safe)
        assert self._postgres.process is not None
        return self._postgres.fresh_database(), [self._postgres.process.pid]


def _quarter() -> int:
    """A quarter of the machine's memory in MB, which is what Postgres' manual has its cache begin with."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20 // 4


def workers_of(floor: str) -> int:
    """How many workers a floor has, by its name."""
    return int(floor.removeprefix("floor-").removesuffix("w"))


def _floor(workers: int) -> str:
    return f"floor-{workers}w"


def _pids(*servers: Server) -> list[int]:
    return [server.process.pid for server in servers if server.process is not None]


def _sources(tree: Path) -> dict[str, str]:
    """Where a process finds these sources before those that are installed."""
    return {
        "PYTHONPATH": os.pathsep.join(
            (os.environ.get("EXTRA", ""), str(tree / "src"), str(tree / "tests"), str(ROOT / "benchmarks"))
        )
    }
