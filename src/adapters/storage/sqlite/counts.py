"""What was counted of calls, in SQLite."""

from collections.abc import Sequence

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.sql import statement
from masking_core.instants import DAY, Instant
from masking_core.ports.calls import CountedDay, CountedHour


class SqliteCounts:
    """``CallCountStore``."""

    _database: Database

    def counted_hours(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        """See ``CallCountStore``."""
        with self._database.reading() as connection:
            return [CountedHour(*row) for row in fetch(connection, statement("counted_hours"), (pool, begin, end))]

    def put_counts(self, pool: str, hours: Sequence[CountedHour]) -> None:
        """See ``CallCountStore``."""
        rows = [(pool, hour.begin, hour.counted_version, hour.counts) for hour in hours]
        with self._database.writing() as connection:
            connection.executemany(statement("put_counts"), rows)

    def counted_days(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedDay]:
        """See ``CallCountStore``."""
        with self._database.reading() as connection:
            return [CountedDay(*row) for row in fetch(connection, statement("counted_days"), (pool, begin, end, DAY))]

    def put_days(self, pool: str, days: Sequence[CountedDay]) -> None:
        """See ``CallCountStore``."""
        rows = [(pool, day.begin, day.counted_version, day.counts) for day in days]
        with self._database.writing() as connection:
            connection.executemany(statement("put_days"), rows)
