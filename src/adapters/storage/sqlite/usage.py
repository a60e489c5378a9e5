"""How crowded pools are and were, in SQLite."""

from collections.abc import Sequence

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.sql import statement
from masking_core.home import Home
from masking_core.instants import Instant
from masking_core.pool_outlook import Crowding, Shortage, UsageDay
from masking_core.pools import Geography
from masking_core.ports.usage import USAGE_RETENTION


class SqliteUsage:
    """``UsageStore``."""

    _database: Database

    def crowding(self, pool: str, reach: Geography, since: Instant) -> Sequence[Crowding]:
        """See ``UsageStore``."""
        country = "n.country" if reach >= Geography.COUNTRY else "''"
        area = "n.area" if reach is Geography.AREA else "''"
        with self._database.reading() as connection:
            rows = fetch(connection, statement("crowding", country=country, area=area), (pool, since))
        return [Crowding(Home(country, area), *others) for country, area, *others in rows]

    def note_day(self, pool: str, day: UsageDay) -> Shortage:
        """See ``UsageStore``."""
        with self._database.writing() as connection:
            known = fetch(connection, "SELECT told FROM pool_days WHERE pool = ? AND begin = ?", (pool, day.begin))
            connection.execute(statement("note_pool_day"), (pool, day.begin, day.held, int(day.told)))
            forgotten = "DELETE FROM pool_days WHERE pool = ? AND begin <= ?"
            connection.execute(forgotten, (pool, day.begin - USAGE_RETENTION))
        return Shortage(known[0][0]) if known else Shortage.NONE

    def usage_days(self, pool: str, begin: Instant) -> Sequence[UsageDay]:
        """See ``UsageStore``."""
        text = "SELECT begin, held, told FROM pool_days WHERE pool = ? AND begin >= ? ORDER BY begin"
        with self._database.reading() as connection:
            return [UsageDay(day, held, Shortage(told)) for day, held, told in fetch(connection, text, (pool, begin))]
