"""What was counted of calls, in Postgres."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import statement
from masking_core.instants import Instant
from masking_core.ports.calls import CountedHour


class PostgresCounts:
    """``CallCountStore``."""

    _database: Database

    def counted_hours(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        """See ``CallCountStore``."""
        return [CountedHour(*row) for row in self._database.read(statement("counted_hours", pool, begin, end))]

    def put_counts(self, pool: str, hours: Sequence[CountedHour]) -> None:
        """See ``CallCountStore``. Nobody waits for the disk: what is lost by a crash is counted again."""
        ordered = sorted(hours, key=lambda hour: hour.begin)
        begins, versions = [hour.begin for hour in ordered], [hour.counted_version for hour in ordered]
        putting = statement("put_counts", pool, begins, versions, [hour.counts for hour in ordered])
        self._database.write(lambda transaction: transaction.carry_out(putting, durable=False), repeatable=True)
