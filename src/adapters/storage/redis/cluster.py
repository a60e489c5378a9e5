"""The servers of a Redis Cluster, and which of them holds which slot."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis.connection import ConnectionPool
from redis.crc import key_slot
from redis.exceptions import RedisError

from adapters.deadline import limited_to
from adapters.storage.redis.address import Address
from adapters.storage.redis.connections import longest_wait, pool_to, share_of_wait
from masking_core.errors import StoreUnavailable

Place = tuple[str, int]
_SLOTS = 16_384


class ClusterServers:
    """Every master of a Cluster. Port: ``Servers``."""

    def __init__(self, address: Address) -> None:
        """Take the address; who holds what is asked when it is first needed."""
        self._address = address
        self._pools: dict[Place, ConnectionPool] = {}
        self._holder: list[Place | None] = [None] * _SLOTS
        self._known = False
        self._times_looked = 0
        self._silent: set[Place] = set()
        self._lock = threading.Lock()

    def of(self, key: bytes) -> ConnectionPool:
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

    def masters(self) -> Sequence[ConnectionPool]:
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
            places = dict.fromkeys((*self._pools, *self._address.hosts))
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

    def doubt(self) -> None:
        """See ``Servers``."""
        self._known = False

    def at(self, host: str, port: int) -> ConnectionPool:
        """See ``Servers``."""
        pool = self._pools.get((host, port))
        if pool is None:
            pool = self._pools.setdefault((host, port), pool_to(self._address, host, port))
        return pool

    def close(self) -> None:
        """See ``Servers``."""
        for pool in list(self._pools.values()):
            pool.disconnect()


def _holders(pool: ConnectionPool, asked: str) -> list[Place | None]:
    """Who holds each slot, as one node sees it; ``asked`` is the host by which that node is known to us."""
    connection: Any = pool.get_connection()
    try:
        connection.send_command("CLUSTER", "SLOTS")
        ranges = connection.read_response(timeout=longest_wait())
    except BaseException:
        connection.disconnect()
        raise
    finally:
        pool.release(connection)
    holders: list[Place | None] = [None] * _SLOTS
    for first, last, master, *_ in ranges:
        host = master[0].decode() if master[0] else asked
        holders[first : last + 1] = [(host, master[1])] * (last + 1 - first)
    return holders
