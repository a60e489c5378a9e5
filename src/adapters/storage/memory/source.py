"""What the memory backend brings to an allocation."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from adapters.storage.memory.tables import NumberRow, Tables
from masking_core.allocation import WINDOW, Candidate, Need, Search
from masking_core.exhaustion import NumberFacts
from masking_core.instants import Instant
from masking_core.matching import Route
from masking_core.pools import Geography, Pool
from masking_core.sealed import LookupKey
from masking_core.sessions import Session


class MemorySource:
    """Numbers of one pool for one session, at one moment, under the tables' lock."""

    def __init__(self, tables: Tables, pool: Pool, session: Session, now: Instant) -> None:
        """Take the session as drafted: its own routes do not count against it."""
        self._tables = tables
        self._pool = pool
        self._session = session
        self._now = now
        self._cooled = now - pool.policy.cool_off
        loading = session.session_id in tables.loading
        sides = tables.sessions[session.session_id].sides if loading else ()
        self._own_load = Counter(side.proxy for side in sides)

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        """See ``NumberSource``."""
        found = self._cooling(need, search) if search.early else self._fresh(need, search)
        return list(islice(found, WINDOW))

    def _fresh(self, need: Need, search: Search) -> Iterator[Candidate]:
        country = search.country if search.reach >= Geography.COUNTRY else ""
        area = search.area if search.reach is Geography.AREA else ""
        for number in self._tables.ladders[self._pool.name, country, area].ascending():
            row = self._tables.numbers[number]
            if self._session.reserved and row.load:
                return
            last_used = self._last_used(number, need)
            if last_used is None or last_used <= self._cooled:
                yield Candidate(number, row.load, last_used)

    def _cooling(self, need: Need, search: Search) -> Iterator[Candidate]:
        ended = {
            number: self._last_used(number, need)
            for caller in need.lookups()
            for number in self._tables.routes.get(caller, ())
        }
        for number, last_used in sorted(ended.items(), key=lambda item: item[1] or 0):
            row = self._tables.numbers.get(number)
            if row is None or last_used is None or not self._cooled < last_used <= self._now:
                continue
            if self._offers(row, search):
                yield Candidate(number, row.load, last_used)

    def _offers(self, row: NumberRow, search: Search) -> bool:
        near = (
            search.reach is Geography.NONE
            or (row.facts.country == search.country and search.reach is Geography.COUNTRY)
            or (row.facts.country, row.facts.area) == (search.country, search.area)
        )
        idle_enough = not (self._session.reserved and row.load)
        return row.facts.pool == self._pool.name and row.available and near and idle_enough

    def _last_used(self, number: str, need: Need) -> Instant | None:
        """When the participant's last session on a number ends or ended, other sessions alone."""
        ends = [route.end_time for route in self._routes(number, need.lookups())]
        return max(ends, default=None)

    def _routes(self, number: str, lookups: Sequence[LookupKey]) -> Iterator[Route]:
        for caller in lookups:
            route = self._tables.routes.get(caller, {}).get(number)
            if route is not None and route.session_id != self._session.session_id:
                yield route

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        """See ``NumberSource``."""
        row = self._tables.numbers.get(number)
        if row is None or row.facts.pool != self._pool.name:
            return None
        last_used = self._last_used(number, need)
        return NumberFacts(
            state=row.facts.state,
            voice=row.facts.voice,
            country=row.facts.country,
            area=row.facts.area,
            reserved=row.reserved_by not in ("", self._session.session_id),
            in_use=row.load > self._own_load[number],
            occupied=last_used is not None and last_used > self._now,
            cooling=last_used is not None and self._cooled < last_used <= self._now,
        )

    def facts(self, need: Need) -> Iterator[NumberFacts]:
        """See ``NumberSource``."""
        for number in self._tables.numbers:
            facts = self.describe(number, need)
            if facts is not None:
                yield facts
