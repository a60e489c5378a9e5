"""A Redis master, its replicas and three Sentinels that replace it."""

from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from support.ports import free_ports
from support.redis_servers import Server, fresh_prefix, has_replicas, wait_for

SERVICE = "masking"


class Sentinels:
    """Servers of which one is the master, and the Sentinels that know it.

    A master that says nothing for ``patience_ms`` is replaced, though it may only have been given no processor, and
    its replicas may not have what it had: on a busy machine a short patience loses more than kills do.
    """

    def __init__(self, replicas: int = 1, patience_ms: int = 1_000) -> None:
        self._patience_ms = patience_ms
        first = Server("--repl-diskless-sync-delay", "0").start()
        self.servers = [first]
        for _ in range(replicas):
            follower = Server("--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", str(first.port))
            self.servers.append(follower.start())
        wait_for(lambda: has_replicas(first, replicas), "the replicas")
        self.sentinels = [self._sentinel(port) for port in free_ports(3)]
        for sentinel in self.sentinels:
            sentinel.wait()
        wait_for(self.know_each_other, "the Sentinels")

    def _sentinel(self, port: int) -> Server:
        server = Server(port=port, append_only=False)
        config = server.folder / "sentinel.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {server.folder}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.servers[0].port} 2\n"
            f"sentinel down-after-milliseconds {SERVICE} {self._patience_ms}\n"
            f"sentinel failover-timeout {SERVICE} {3 * self._patience_ms}\n"
        )
        server.command = [server.command[0], str(config), "--sentinel"]
        return server.start(wait=False)

    def know_each_other(self) -> bool:
        """Whether every Sentinel knows the two others, and all of the master's replicas."""
        for sentinel in self.sentinels:
            with sentinel.client() as client:
                state = client.sentinel_master(SERVICE)
            if state["num-other-sentinels"] != 2 or state["num-slaves"] != len(self.servers) - 1:
                return False
        return True

    @property
    def master(self) -> Server:
        """The server that most of the Sentinels call the master."""
        named = []
        for sentinel in self.sentinels:
            with sentinel.client() as client:
                named.append(int(client.sentinel_get_master_addr_by_name(SERVICE)[1]))
        port = max(named, key=named.count)
        return next(server for server in self.servers if server.port == port)

    def agree_on_another_than(self, dead: Server) -> bool:
        """Whether every Sentinel names another master, which takes writes."""
        for sentinel in self.sentinels:
            with sentinel.client() as client:
                port = int(client.sentinel_get_master_addr_by_name(SERVICE)[1])
            if port == dead.port or follows_any(next(server for server in self.servers if server.port == port)):
                return False
        return True

    @property
    def url(self) -> str:
        places = ",".join(sentinel.address for sentinel in self.sentinels)
        return f"redis+sentinel://{places}/{SERVICE}?prefix={fresh_prefix()}"

    def replace(self, dead: Server) -> None:
        """Wait until another server is the master, and let the dead one come back as its replica."""
        wait_for(lambda: self.master is not dead, "another master")
        dead.command += ["--replicaof", "127.0.0.1", str(self.master.port)]
        dead.start()
        wait_for(lambda: sum(map(follows, self.servers)) == len(self.servers) - 1, "the replicas")
        written = int(str(_replication(self.master)["master_repl_offset"]))
        wait_for(lambda: self._have(written), "what was written meanwhile, on the replicas")

    def _have(self, written: int) -> bool:
        """Whether every replica has confirmed to the master that it is so far.

        One that has just come up lacks what was written while its master sent it all that was there before.
        """
        told = _replication(self.master)
        replicas: list[Any] = [told.get(f"slave{index}", {}) for index in range(len(self.servers) - 1)]
        return all(each.get("state") == "online" and each["offset"] >= written for each in replicas)

    def remove(self) -> None:
        for server in (*self.sentinels, *self.servers):
            server.remove()


def follows_any(server: Server) -> bool:
    """Whether a server is a replica."""
    return bool(_replication(server).get("role") == "slave")


def follows(server: Server) -> bool:
    """Whether a server is a replica that has what its master had when they met."""
    told = _replication(server)
    return bool(told.get("role") == "slave" and told.get("master_link_status") == "up")


def _replication(server: Server) -> dict[str, object]:
    """What a server tells; nothing, where it breaks off because Sentinels give it another role."""
    with suppress(RedisError), server.client() as client:
        return dict(client.info("replication"))
    return {}
