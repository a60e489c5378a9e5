"""The SQLite backend."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from adapters.storage.sqlite.blocks import SqliteBlocks
from adapters.storage.sqlite.calls import SqliteCalls
from adapters.storage.sqlite.counts import SqliteCounts
from adapters.storage.sqlite.database import Database
from adapters.storage.sqlite.events import SqliteEvents
from adapters.storage.sqlite.keys import SqliteKeys
from adapters.storage.sqlite.limits import SqliteLimits
from adapters.storage.sqlite.moving import SqliteMoving
from adapters.storage.sqlite.numbers import SqliteNumbers, SqlitePools
from adapters.storage.sqlite.pins import SqlitePins
from adapters.storage.sqlite.records import SqliteRecords
from adapters.storage.sqlite.reports import SqliteReports
from adapters.storage.sqlite.routes import SqliteRoutes
from adapters.storage.sqlite.sessions import SqliteSessions
from adapters.storage.sqlite.sweeping import SqliteSweeping
from adapters.storage.sqlite.usage import SqliteUsage
from adapters.storage.sqlite.webhooks import SqliteWebhooks
from masking_core.ports.store import Store


class SqliteStore(
    SqliteRoutes,
    SqliteSessions,
    SqliteSweeping,
    SqlitePools,
    SqliteNumbers,
    SqliteReports,
    SqliteCalls,
    SqliteCounts,
    SqlitePins,
    SqliteLimits,
    SqliteEvents,
    SqliteKeys,
    SqliteMoving,
    SqliteUsage,
    SqliteWebhooks,
    SqliteBlocks,
    SqliteRecords,
):
    """A store in one file, which several processes of one machine may share."""

    def __init__(self, path: Path) -> None:
        """Take the file's path; it is made when it is first used."""
        self._database = Database(path)
        self._decoded_pools = {}

    def migrate(self) -> tuple[str, ...]:
        """See ``Store``."""
        return self._database.migrate()

    def check(self) -> None:
        """See ``Store``."""
        self._database.check()

    def close(self) -> None:
        """See ``Store``."""
        self._database.close()


def open_store(url: str) -> Store:
    """The store of ``sqlite:///relative/path`` or ``sqlite:////absolute/path``. Raises ValueError for another form."""
    parts = urlsplit(url)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or parts.query or not path:
        raise ValueError("a SQLite store reads sqlite:///relative/path or sqlite:////absolute/path")
    return SqliteStore(Path(path))
