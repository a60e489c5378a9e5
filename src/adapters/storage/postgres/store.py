"""The Postgres backend."""

from adapters.storage.postgres.blocks import PostgresBlocks
from adapters.storage.postgres.calls import PostgresCalls
from adapters.storage.postgres.connections import Connections
from adapters.storage.postgres.counts import PostgresCounts
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.events import PostgresEvents
from adapters.storage.postgres.keys import PostgresKeys
from adapters.storage.postgres.limits import PostgresLimits
from adapters.storage.postgres.lists import Lists
from adapters.storage.postgres.moving import PostgresMoving
from adapters.storage.postgres.numbers import PostgresNumbers
from adapters.storage.postgres.pins import PostgresPins
from adapters.storage.postgres.pools import PostgresPools
from adapters.storage.postgres.records import PostgresRecords
from adapters.storage.postgres.reports import PostgresReports
from adapters.storage.postgres.routes import PostgresRoutes
from adapters.storage.postgres.schema import PostgresSchema
from adapters.storage.postgres.sessions import PostgresSessions
from adapters.storage.postgres.sweeping import PostgresSweeping
from adapters.storage.postgres.url import Address, parse
from adapters.storage.postgres.usage import PostgresUsage
from adapters.storage.postgres.webhooks import PostgresWebhooks
from masking_core.ports.store import Store


class PostgresStore(
    PostgresRoutes,
    PostgresSessions,
    PostgresSweeping,
    PostgresPools,
    PostgresNumbers,
    PostgresReports,
    PostgresCalls,
    PostgresCounts,
    PostgresPins,
    PostgresLimits,
    PostgresEvents,
    PostgresKeys,
    PostgresMoving,
    PostgresUsage,
    PostgresWebhooks,
    PostgresBlocks,
    PostgresRecords,
    PostgresSchema,
):
    """A store in one database, which any number of processes on any number of machines may share."""

    def __init__(self, address: Address) -> None:
        """Take the database's address; it is connected to when it is first used."""
        self._database = Database(Connections(address.conninfo, prepare=address.prepare))
        self._replica = None
        if address.replica is not None:
            self._replica = Database(
                Connections(address.replica.conninfo, prepare=address.replica.prepare, target="any")
            )
        self._lists = Lists(self._database, self._replica)
        self._decoded_pools = {}

    def close(self) -> None:
        """See ``Store``."""
        self._database.close()
        if self._replica is not None:
            self._replica.close()


def open_store(url: str) -> Store:
    """The store of ``postgresql://…``, as libpq reads it. Raises ValueError for another form.

    ``target_session_attrs`` is ``read-write`` unless given, so that of several hosts the primary serves.
    ``prepare=off`` does without prepared statements, which a PgBouncer in transaction mode loses before 1.21.
    ``replica=`` and the percent-encoded URL of a replica let it serve the lists that are filtered.
    """
    return PostgresStore(parse(url))
