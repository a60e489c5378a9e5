"""How crowded pools are and were, in memory."""

from collections import Counter
from collections.abc import Sequence

from adapters.storage.memory.tables import Tables
from masking_core.home import Home
from masking_core.instants import Instant
from masking_core.pool_outlook import Crowding, Shortage, UsageDay, place_of
from masking_core.pools import Geography
from masking_core.ports.usage import USAGE_RETENTION
from masking_core.sealed import LookupKey


class MemoryUsage:
    """``UsageStore``."""

    _tables: Tables

    def crowding(self, pool: str, reach: Geography, since: Instant) -> Sequence[Crowding]:
        """See ``UsageStore``."""
        with self._tables.lock:
            places = {
                number: place_of(row.facts.country, row.facts.area, reach)
                for number, row in self._tables.numbers.items()
                if row.facts.pool == pool and row.available
            }
            held: Counter[tuple[Home, LookupKey]] = Counter()
            sessions: dict[tuple[Home, LookupKey], tuple[str, int]] = {}
            for caller, routes in self._tables.routes.items():
                for dialled, route in routes.items():
                    place = places.get(dialled)
                    if place is not None and route.end_time > since:
                        held[place, caller] += 1
                        sessions[place, caller] = route.session_id, 1 - route.callee_side
        found = {place: Crowding(place, numbers) for place, numbers in Counter(places.values()).items()}
        for (place, caller), most in held.items():
            if most > found[place].held:
                found[place] = Crowding(place, found[place].numbers, most, *sessions[place, caller])
        return [found[place] for place in sorted(found, key=lambda place: (place.country, place.area))]

    def note_day(self, pool: str, day: UsageDay) -> Shortage:
        """See ``UsageStore``."""
        with self._tables.lock:
            days = self._tables.usage_days.setdefault(pool, {})
            known = days.get(day.begin, UsageDay(day.begin, 0))
            days[day.begin] = UsageDay(day.begin, max(known.held, day.held), known.told | day.told)
            for begin in [each for each in days if each <= day.begin - USAGE_RETENTION]:
                del days[begin]
            return known.told

    def usage_days(self, pool: str, begin: Instant) -> Sequence[UsageDay]:
        """See ``UsageStore``."""
        with self._tables.lock:
            days = self._tables.usage_days.get(pool, {})
            return [days[each] for each in sorted(days) if each >= begin]
