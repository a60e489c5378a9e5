"""Connections whose waiting ends with the caller's deadline, and the servers they lead to."""

from collections.abc import Sequence
from typing import Any, Protocol

from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection, SentinelManagedSSLConnection

from adapters.deadline import remaining
from adapters.storage.redis.address import Address
from adapters.storage.redis.server import Server

LONGEST_WAIT = 5.0
_LONGEST_CONNECT = 2.0
_LONGEST_SHARE = 0.5
_SHORTEST = 0.001

_sentinel: Any = Sentinel
_sentinel_pool: Any = SentinelConnectionPool


def longest_wait(limit: float = LONGEST_WAIT) -> float:
    """How many seconds may be waited for one reply."""
    left = remaining()
    return limit if left is None else max(min(limit, left), _SHORTEST)


class _WithinDeadline:
    """Lets a connection be made no longer than the caller waits."""

    @property
    def socket_connect_timeout(self) -> float:
        """Seconds."""
        return longest_wait(_LONGEST_CONNECT)

    @socket_connect_timeout.setter
    def socket_connect_timeout(self, value: float | None) -> None:
        """Ignore what the driver sets."""

    @property
    def socket_timeout(self) -> float:
        """Seconds."""
        return longest_wait()

    @socket_timeout.setter
    def socket_timeout(self, value: float | None) -> None:
        """Ignore what the driver sets."""


class _LeavingTime(_WithinDeadline):
    """The same for one server of several that know the same, so that one which is silent leaves time for the others."""

    @property
    def socket_connect_timeout(self) -> float:
        """Seconds."""
        return share_of_wait()

    @socket_connect_timeout.setter
    def socket_connect_timeout(self, value: float | None) -> None:
        """Ignore what the driver sets."""

    @property
    def socket_timeout(self) -> float:
        """Seconds."""
        return share_of_wait()

    @socket_timeout.setter
    def socket_timeout(self, value: float | None) -> None:
        """Ignore what the driver sets."""


def share_of_wait() -> float:
    """How many seconds one of several servers may take which can be asked the same."""
    return longest_wait(_LONGEST_SHARE * 2) / 2


def _within_deadline(kind: Any, waiting: type = _WithinDeadline) -> Any:
    """A kind of connection that waits no longer than its caller; the driver's classes set what here is computed."""
    return type(kind.__name__, (waiting, kind), {})


_PLAIN = _within_deadline(Connection)
_TLS = _within_deadline(SSLConnection)
_SENTINEL_PLAIN = _within_deadline(SentinelManagedConnection)
_SENTINEL_TLS = _within_deadline(SentinelManagedSSLConnection)
_ASKING_PLAIN = _within_deadline(Connection, _LeavingTime)
_ASKING_TLS = _within_deadline(SSLConnection, _LeavingTime)


class Servers(Protocol):
    """The servers of one store."""

    are_one: bool
    """Whether every key is on the same one."""

    def of(self, key: bytes) -> Server:
        """The server that holds a key."""
        ...

    def masters(self) -> Sequence[Server]:
        """Every server that takes writes."""
        ...

    def moved(self, key: bytes, host: str, port: int) -> None:
        """Note that a key is with another server from now on."""
        ...

    def look_again(self) -> None:
        """Ask who holds what."""
        ...

    def note_silence(self, key: bytes) -> None:
        """Note that the server that holds a key did not answer: who knows more is somebody else."""
        ...

    def doubt(self) -> None:
        """Ask it before anything else is sent: a server did not answer, and another may have taken its place."""
        ...

    def at(self, host: str, port: int) -> Server:
        """The server at an address that another one named."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def server_at(address: Address, host: str, port: int) -> Server:
    """The server of a store that is at such a place."""
    kind = _TLS if address.tls else _PLAIN
    return Server(ConnectionPool(connection_class=kind, host=host, port=port, **options(address)))


def options(address: Address) -> dict[str, Any]:
    """What every connection has in common. The driver repeats nothing: what may be repeated, we know better."""
    tls = dict(address.tls_options) if address.tls else {}
    return {
        "db": address.database,
        "username": address.username or None,
        "password": address.password or None,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_keepalive": True,
        "health_check_interval": 0,
        **tls,
    }


class OneServer:
    """A single server, or the master that Sentinels name. Port: ``Servers``."""

    are_one = True

    def __init__(self, server: Server) -> None:
        """Take the server."""
        self._server = server

    def of(self, key: bytes) -> Server:
        """See ``Servers``."""
        del key
        return self._server

    def masters(self) -> Sequence[Server]:
        """See ``Servers``."""
        return [self._server]

    def moved(self, key: bytes, host: str, port: int) -> None:
        """See ``Servers``. Nothing moves from a single server."""

    def look_again(self) -> None:
        """See ``Servers``. Whoever is the master is found when a connection is made."""
        self._server.part_with_idle()

    def note_silence(self, key: bytes) -> None:
        """See ``Servers``. There is one, and nobody else to ask."""

    def doubt(self) -> None:
        """See ``Servers``."""
        self.look_again()

    def at(self, host: str, port: int) -> Server:
        """See ``Servers``."""
        del host, port
        return self._server

    def close(self) -> None:
        """See ``Servers``."""
        self._server.close()


def single(address: Address) -> OneServer:
    """The server of ``redis://`` or ``rediss://``."""
    host, port = address.hosts[0]
    return OneServer(server_at(address, host, port))


def under_sentinels(address: Address) -> OneServer:
    """The master of ``redis+sentinel://``."""
    common = options(address)
    asking: dict[str, Any] = {"retry": common["retry"], "protocol": 2}
    if address.sentinel_password:
        asking |= {"username": address.sentinel_username or None, "password": address.sentinel_password}
    if address.tls:
        asking |= {"ssl": True, **dict(address.tls_options)}
    sentinels = _sentinel(list(address.hosts), sentinel_kwargs=asking)
    for each in sentinels.sentinels:
        each.connection_pool.connection_class = _ASKING_TLS if address.tls else _ASKING_PLAIN
    kind = _SENTINEL_TLS if address.tls else _SENTINEL_PLAIN
    return OneServer(Server(_sentinel_pool(address.service, sentinels, connection_class=kind, **common)))
