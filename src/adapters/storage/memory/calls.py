"""Calls, and what was counted of them, in memory."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.storage.memory.tables import Tables
from masking_core.call_counts import CallFigures, figures_of
from masking_core.call_fragments import alone
from masking_core.call_merging import merged
from masking_core.call_records import COUNT_RETENTION, CallQuery, CallRecord, hours_touched
from masking_core.events import call_events
from masking_core.instants import DAY, Instant
from masking_core.keys import check_ring
from masking_core.ports.calls import CountedDay, CountedHour
from masking_core.sealed import LookupKey

_KNOWN_BY_ONE_NAME = 100

Place = tuple[Instant, str]
"""Where a call stands among the others: its time and id."""


class CallTables:
    """The calls by id, and the indexes over them."""

    def __init__(self) -> None:
        """Begin empty."""
        self.calls: dict[str, CallRecord] = {}
        self.order: list[Place] = []
        self.of_person: defaultdict[LookupKey, set[str]] = defaultdict(set)
        self.of_session: defaultdict[str, set[str]] = defaultdict(set)
        self.of_name: defaultdict[str, set[str]] = defaultdict(set)
        self.hours: dict[tuple[str, Instant], CountedHour] = {}
        self.days: dict[tuple[str, Instant], CountedDay] = {}

    def put(self, call: CallRecord) -> None:
        """Store a call, in the place of what was known of it."""
        self.drop(call.call_id)
        self.calls[call.call_id] = call
        insort(self.order, (call.time, call.call_id))
        for index, key in self._entries(call):
            index[key].add(call.call_id)

    def drop(self, call_id: str) -> None:
        """Forget a call."""
        known = self.calls.pop(call_id, None)
        if known is None:
            return
        del self.order[bisect_left(self.order, (known.time, call_id))]
        for index, key in self._entries(known):
            index[key].discard(call_id)
            if not index[key]:
                del index[key]

    def _entries(self, call: CallRecord) -> Iterator[tuple[defaultdict[str, set[str]], str]]:
        yield from ((self.of_person, lookup) for lookup in call.lookups())  # type: ignore[misc]
        yield from ((self.of_name, name) for name in call.correlation_ids)
        if call.session_id:
            yield self.of_session, call.session_id

    def latest_first(self, query: CallQuery) -> Iterator[CallRecord]:
        """The calls that may match, from the one after ``query.after``."""
        order = self.order
        if query.lookups:
            order = self._placed({each for lookup in query.lookups for each in self.of_person.get(lookup, ())})
        elif query.session_id:
            order = self._placed(self.of_session.get(query.session_id, set()))
        last = len(order) if query.end is None else bisect_left(order, (query.end, ""))
        if query.after is not None:
            last = min(last, bisect_left(order, query.after))
        first = bisect_left(order, (query.begin, ""))
        return (self.calls[order[position][1]] for position in range(last - 1, first - 1, -1))

    def _placed(self, ids: set[str]) -> list[Place]:
        return sorted((self.calls[call_id].time, call_id) for call_id in ids)


class MemoryCalls:
    """``CallStore`` and ``CallCountStore``."""

    _tables: Tables
    _calls: CallTables

    def record_calls(self, fragments: Sequence[CallRecord], key_ids: Sequence[str]) -> None:
        """See ``CallStore``."""
        with self._tables.lock:
            check_ring(key_ids, [key.key_id for key in self._tables.keys])
            for fragment in fragments:
                known = self._calls.calls.get(fragment.call_id)
                now = alone(fragment) if known is None else merged(known, fragment)
                if now == known:
                    continue
                self._calls.put(now)
                self._tables.events.extend(call_events(known, now))
                for pool, begin in hours_touched(known, now):
                    hour = self._calls.hours.get((pool, begin), CountedHour(begin, 0))
                    self._calls.hours[pool, begin] = replace(hour, version=hour.version + 1)

    def get_call(self, call_id: str) -> CallRecord | None:
        """See ``CallStore``."""
        return self._calls.calls.get(call_id)

    def find_calls(self, correlation_id: str) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        with self._tables.lock:
            found = [self._calls.calls[each] for each in self._calls.of_name.get(correlation_id, ())]
            return sorted(found, key=lambda call: (call.time, call.call_id), reverse=True)[:_KNOWN_BY_ONE_NAME]

    def list_calls(self, query: CallQuery) -> Sequence[CallRecord]:
        """See ``CallStore``."""
        with self._tables.lock:
            found: list[CallRecord] = []
            for call in self._calls.latest_first(query):
                if len(found) == query.limit:
                    break
                if _matches(call, query):
                    found.append(call)
            return found

    def list_figures(self, query: CallQuery) -> Sequence[CallFigures]:
        """See ``CallStore``."""
        return [figures_of(call) for call in self.list_calls(query)]

    def replace_call(self, known: CallRecord, changed: CallRecord, key_ids: Sequence[str]) -> bool:
        """See ``CallStore``."""
        with self._tables.lock:
            check_ring(key_ids, [key.key_id for key in self._tables.keys])
            if self._calls.calls.get(known.call_id) != known:
                return False
            self._calls.put(changed)
            return True

    def counted_hours(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedHour]:
        """See ``CallCountStore``."""
        with self._tables.lock:
            return sorted(self._hours_of(pool, begin, end), key=lambda hour: hour.begin)

    def _hours_of(self, pool: str, begin: Instant, end: Instant) -> list[CountedHour]:
        return [hour for (name, time), hour in self._calls.hours.items() if name == pool and begin <= time < end]

    def put_counts(self, pool: str, hours: Sequence[CountedHour]) -> None:
        """See ``CallCountStore``."""
        with self._tables.lock:
            for hour in hours:
                known = self._calls.hours.get((pool, hour.begin))
                if known is not None and known.counted_version <= hour.counted_version:
                    self._calls.hours[pool, hour.begin] = replace(
                        known, counted_version=hour.counted_version, counts=hour.counts
                    )

    def counted_days(self, pool: str, begin: Instant, end: Instant) -> Sequence[CountedDay]:
        """See ``CallCountStore``."""
        with self._tables.lock:
            versions = Counter[Instant]()
            for hour in self._hours_of(pool, begin, end):
                versions[hour.begin - hour.begin % DAY] += hour.version
            nothing = CountedDay(0, 0)
            known = {day: self._calls.days.get((pool, day), nothing) for day in sorted(versions)}
            return [replace(each, begin=day, version=versions[day]) for day, each in known.items()]

    def put_days(self, pool: str, days: Sequence[CountedDay]) -> None:
        """See ``CallCountStore``."""
        with self._tables.lock:
            for day in days:
                known = self._calls.days.get((pool, day.begin))
                if known is None or known.counted_version <= day.counted_version:
                    self._calls.days[pool, day.begin] = day


def _matches(call: CallRecord, query: CallQuery) -> bool:
    return (
        (call.pool == query.pool or not (query.pool or query.in_no_pool))
        and (not query.session_id or call.session_id == query.session_id)
        and (not query.dialled or call.dialled == query.dialled)
    )


def forget_calls(tables: CallTables, now: Instant, limit: int) -> int:
    """Forget at most ``limit`` calls and counts past their retention, and return how many."""
    calls = [call.call_id for call in tables.calls.values() if call.keep_until <= now][:limit]
    for call_id in calls:
        tables.drop(call_id)
    hours = [key for key in tables.hours if key[1] + COUNT_RETENTION <= now][: limit - len(calls)]
    for key in hours:
        del tables.hours[key]
    steps = len(calls) + len(hours)
    days = [key for key in tables.days if key[1] + COUNT_RETENTION <= now][: limit - steps]
    for key in days:
        del tables.days[key]
    return steps + len(days)
