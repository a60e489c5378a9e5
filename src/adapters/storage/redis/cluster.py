"""The servers of a Redis Cluster, and which of them holds which slot."""

import threading
from collections.abc import Sequence
from contextlib import suppress

from redis.crc import key_slot
from redis.exceptions import RedisError

from adapters.deadline import limited_to
from adapters.storage.redis.address import Address
from adapters.storage.redis.connections import longest_wait, server_at, share_of_wait
from adapters.storage.redis.server import Server
from masking_core.errors import StoreUnavailable

Place = tuple[str, int]
_SLOTS = 16_384


class ClusterServers:
    """Every master of a Cluster. Port: ``Servers``."""

    are_one = False

    def __init__(self, address: Address) -> None:
        """Take the address; who holds what is asked when it is first needed."""
        self._address = address
        self._servers: dict[Place, Server] = {}
        self._holder: list[Place | None] = [None] * _SLOTS
        self._known = False
        self._times_looked = 0
        self._silent: set[Place] = set()
        self._lock = threading.Lock()

    def of(self, key: bytes) -> Server:
        """See ``Servers``."""
        if not self._known:
            self.look_again()
        place = self._holder[key_slot(key)]
        if place is None:
            self.look_again()
            place = self._holder[key_slot(key)]
        if place is None:
            raise StoreUnavailable("a part of the Redis Cluster is down")
        return self.at(*place)

    def masters(self) -> Sequence[Server]:
        """See ``Servers``."""
        if not self._known:
            self.look_again()
        return [self.at(*place) for place in dict.fromkeys(self._holder) if place is not None]

    def moved(self, key: bytes, host: str, port: int) -> None:
        """See ``Servers``."""
        if host:
            self._holder[key_slot(key)] = (host, port)
        else:
            self.look_again()

    def look_again(self) -> None:
        """See ``Servers``. Raises StoreUnavailable when no node answers."""
        seen = self._times_looked
        with self._lock:
            if self._times_looked != seen:
                return
            places = dict.fromkeys((*self._servers, *self._address.hosts))
            for place in sorted(places, key=self._silent.__contains__):
                with suppress(RedisError, OSError), limited_to(share_of_wait()):
                    self._holder = _holders(self.at(*place), place[0])
                    self._known = True
                    self._times_looked += 1
                    self._silent.discard(place)
                    return
                self._silent.add(place)
            self._known = False
        raise StoreUnavailable("no node of the Redis Cluster answers")

    def note_silence(self, key: bytes) -> None:
        """See ``Servers``."""
        place = self._holder[key_slot(key)]
        if place is not None:
            self._silent.add(place)

    def doubt(self) -> None:
        """See ``Servers``."""
        self._known = False

    def at(self, host: str, port: int) -> Server:
        """See ``Servers``."""
        server = self._servers.get((host, port))
        if server is None:
            server = self._servers.setdefault((host, port), server_at(self._address, host, port))
        return server

    def close(self) -> None:
        """See ``Servers``."""
        for server in list(self._servers.values()):
            server.close()


def _holders(server: Server, asked: str) -> list[Place | None]:
    """Who holds each slot, as one node sees it; ``asked`` is the host by which that node is known to us."""
    connection = server.take()
    try:
        connection.send_command("CLUSTER", "SLOTS")
        ranges = connection.read_response(timeout=longest_wait())
    except BaseException:
        connection.disconnect()
        raise
    finally:
        server.give_back(connection)
    holders: list[Place | None] = [None] * _SLOTS
    for first, last, master, *_ in ranges:
        host = master[0].decode() if master[0] else asked
        holders[first : last + 1] = [(host, master[1])] * (last + 1 - first)
    return holders
