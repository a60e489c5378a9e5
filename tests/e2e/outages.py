"""Stores that several processes share, each with the ways in which it can be away."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from support.postgres_servers import PostgresServer
from support.redis_servers import Cluster, Server, wait_for
from support.tcp_proxy import TcpProxy

Way = tuple[Callable[[], object], Callable[[], object]]
"""What takes the store away, and what brings it back."""


@dataclass
class Stand:
    """A store at ``url``, and how it goes; ``blip`` ends the connections there are, and is over at once."""

    url: str
    ways: dict[str, Way]
    blip: Callable[[], object] = field(default=lambda: None)


def postgres(stack: ExitStack) -> Stand:
    server = PostgresServer.made()
    stack.callback(server.stop)
    proxy = TcpProxy(server.port)
    stack.callback(proxy.close)
    url = server.fresh_database().replace(f":{server.port}/", f":{proxy.port}/")
    return Stand(
        f"{url}?sslmode=disable&gssencmode=disable",
        {"killed": (server.kill, server.start), "stopped": (server.stop, server.start), **_ways_of(proxy)},
        proxy.half_close,
    )


def redis(stack: ExitStack) -> Stand:
    server = Server("--appendfsync", "always").start()
    stack.callback(server.remove)
    proxy = TcpProxy(server.port)
    stack.callback(proxy.close)
    ways = {"killed": (server.kill, server.start), **_ways_of(proxy)}
    return Stand(f"redis://127.0.0.1:{proxy.port}/0", ways, proxy.half_close)


def redis_cluster(stack: ExitStack) -> Stand:
    """Its nodes name one another, so that no proxy can stand before them."""
    cluster = Cluster()
    stack.callback(cluster.remove)

    def kill() -> None:
        for server in cluster.servers:
            server.kill()

    def start() -> None:
        for server in cluster.servers:
            server.start()
        wait_for(cluster.is_whole, "the Cluster")

    return Stand(f"redis+cluster://{cluster.address}", {"killed": (kill, start)})


def _ways_of(proxy: TcpProxy) -> dict[str, Way]:
    return {"cut off": (proxy.cut_off, proxy.let_in), "silent": (proxy.freeze, proxy.thaw)}


STANDS: dict[str, Callable[[ExitStack], Stand]] = {
    "postgresql": postgres,
    "redis": redis,
    "redis+cluster": redis_cluster,
}
