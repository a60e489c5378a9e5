"""How crowded pools are and were, in Postgres."""

from collections.abc import Sequence
from typing import Final

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Statement, statement, text
from adapters.storage.postgres.transaction import Transaction
from masking_core.home import Home
from masking_core.instants import Instant
from masking_core.pool_outlook import Crowding, Shortage, UsageDay
from masking_core.pools import Geography
from masking_core.ports.usage import USAGE_RETENTION

_PATIENCE: Final = 60.0
"""Seconds that counting millions of routes may take, where nobody waits for less."""


class PostgresUsage:
    """``UsageStore``."""

    _database: Database

    def crowding(self, pool: str, reach: Geography, since: Instant) -> Sequence[Crowding]:
        """See ``UsageStore``."""
        country = "n.country" if reach >= Geography.COUNTRY else "''"
        area = "n.area" if reach is Geography.AREA else "''"
        asked = Statement(text("crowding", country=country, area=area), [pool, since])
        rows = self._database.read(asked, patience=_PATIENCE)
        return [Crowding(Home(country, area), *others) for country, area, *others in rows]

    def note_day(self, pool: str, day: UsageDay) -> Shortage:
        """See ``UsageStore``."""
        noting = (
            statement("begin_pool_day", pool, day.begin),
            statement("lock_pool_day", pool, day.begin),
            statement("note_pool_day", pool, day.begin, day.held, int(day.told)),
            statement("forget_pool_days", pool, day.begin - USAGE_RETENTION),
        )

        def work(transaction: Transaction) -> Shortage:
            _, known, _, _ = transaction.carry_out(*noting)
            return Shortage(known[0][0])

        return self._database.write(work)

    def usage_days(self, pool: str, begin: Instant) -> Sequence[UsageDay]:
        """See ``UsageStore``."""
        rows = self._database.read(statement("pool_days", pool, begin))
        return [UsageDay(day, held, Shortage(told)) for day, held, told in rows]
