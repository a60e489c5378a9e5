"""What was counted of calls, in Postgres."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import statement
from masking_core.instants import DAY, Instant
from masking_core.ports.calls import CountedDay, CountedHour


class PostgresCounts:
    """``CallCountStore``."""

    _database: Database

    def counted_hours(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        """See ``CallCountStore``."""
        return [CountedHour(*row) for row in self._database.read(statement("counted_hours", pool, begin, end))]

    def put_counts(self, pool: str, hours: Sequence[CountedHour]) -> None:
        """See ``CallCountStore``. Nobody waits for the disk: what is lost by a crash is counted again."""
        self._put("put_counts", pool, hours)

    def counted_days(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedDay]:
        """See ``CallCountStore``."""
        return [CountedDay(*row) for row in self._database.read(statement("counted_days", pool, begin, end, DAY))]

    def put_days(self, pool: str, days: Sequence[CountedDay]) -> None:
        """See ``CallCountStore``. As with hours, nobody waits for the disk."""
        self._put("put_days", pool, days)

    def _put(self, name: str, pool: str, counted: Sequence[CountedHour | CountedDay]) -> None:
        ordered = sorted(counted, key=lambda each: each.begin)
        begins, versions = [each.begin for each in ordered], [each.counted_version for each in ordered]
        putting = statement(name, pool, begins, versions, [each.counts for each in ordered])
        self._database.write(lambda transaction: transaction.carry_out(putting, durable=False), repeatable=True)
