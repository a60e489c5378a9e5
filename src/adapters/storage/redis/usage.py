"""How crowded pools are and were, in Redis.

Who holds how much lies with each caller, in slots of their own, so the pool's sessions are walked, some
at a time. Of each route a number of eight bytes is noted: a part of the caller's hash above, the
session's place in the walk below. Sorted, the callers of many routes stand together; the foremost are
then asked for exactly, which settles what the short hash took for one, and what was changed meanwhile.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from adapters.storage.redis.commands import command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import id_of_member
from adapters.storage.redis.route_packing import end_of_route
from adapters.storage.redis.transactions import Transactions
from adapters.storage.redis.work import SLACK
from masking_core.home import Home
from masking_core.instants import Instant
from masking_core.pool_outlook import Crowding, Shortage, UsageDay, place_of
from masking_core.pools import Geography
from masking_core.ports.usage import USAGE_RETENTION
from masking_core.sealed import LookupKey
from masking_core.sessions import routes_of

_PAGE: Final = 500
_HASH_BYTES: Final = 5
_POSITION_BITS: Final = 24
_FOREMOST: Final = 8


class RedisUsage:
    """``UsageStore``."""

    _link: Link
    _names: Names
    _transactions: Transactions

    def crowding(self, pool: str, reach: Geography, since: Instant) -> Sequence[Crowding]:
        """See ``UsageStore``."""
        places = self._offered(pool, reach)
        counts = Counter(places.values())
        notes = {place: array("Q") for place in counts}
        walked: list[bytes] = []
        for page in self._sessions_holding(pool, since) if places else ():
            for packed_id, session in zip(page, self._transactions.sessions(page), strict=True):
                for entry in () if session is None else routes_of(session):
                    place = places.get(entry.dialled)
                    if place is not None and entry.end_time > since:
                        notes[place].append(_noted(entry.caller, len(walked)))
                walked.append(packed_id)
        return [
            self._most_held(place, counts[place], [walked[each] for each in _foremost(notes[place])], places, since)
            for place in sorted(counts, key=lambda place: (place.country, place.area))
        ]

    def _offered(self, pool: str, reach: Geography) -> dict[str, Home]:
        """Where each number lies that new sessions may have."""
        key, first = self._names.pool(pool, b"a"), b"[A"
        places: dict[str, Home] = {}
        while page := self._link.one(command("ZRANGEBYLEX", key, first, "(B", "LIMIT", 0, 10 * _PAGE)):
            for offered in page:
                tier, _, number = offered.decode()[1:].rsplit("/", 2)
                country, _, area = tier.partition("|")
                places[f"+{number}"] = place_of(country, area, reach)
            first = b"(" + page[-1]
        return places

    def _sessions_holding(self, pool: str, since: Instant) -> Iterator[list[bytes]]:
        """The running sessions of a pool, and those that ended after ``since``."""
        key, cursor = self._names.pool(pool, b"L"), b"0"
        while True:
            cursor, found = self._link.one(command("ZSCAN", key, cursor, "COUNT", _PAGE))
            yield [id_of_member(member) for member in found[::2]]
            if int(cursor) == 0:
                break
        key, start = self._names.pool(pool, b"E"), 0
        while ended := self._link.one(command("ZRANGEBYSCORE", key, f"({since}", "+inf", "LIMIT", start, _PAGE)):
            yield [id_of_member(member) for member in ended]
            start += len(ended)

    def _most_held(
        self, place: Home, numbers: int, foremost: Sequence[bytes], places: dict[str, Home], since: Instant
    ) -> Crowding:
        """Who holds the most of a place, among the participants of these sessions."""
        best = Crowding(place, numbers)
        for session in self._transactions.sessions(list(dict.fromkeys(foremost))):
            for entry in () if session is None else routes_of(session):
                held = sum(places.get(each) == place for each in self._held(entry.caller, since))
                if session is not None and places.get(entry.dialled) == place and held > best.held:
                    best = Crowding(place, numbers, held, session.session_id, entry.side)
        return best

    def _held(self, caller: LookupKey, since: Instant) -> Iterator[str]:
        """The numbers on which a caller's last session had not ended by ``since``."""
        fields = self._link.one(command("HGETALL", self._names.caller(caller)))
        for field, value in zip(fields[::2], fields[1::2], strict=True):
            if field[:1].isdigit() and end_of_route(value)[1] > since:
                yield f"+{field.decode()}"

    def note_day(self, pool: str, day: UsageDay) -> Shortage:
        """See ``UsageStore``."""
        lives = (USAGE_RETENTION + SLACK) // 1_000
        arguments = (day.begin, day.held, int(day.told), day.begin - USAGE_RETENTION, lives)
        told = self._link.one(script("other/note_pool_day", (self._names.pool(pool, b"g"),), *arguments, once=True))
        return Shortage(told)

    def usage_days(self, pool: str, begin: Instant) -> Sequence[UsageDay]:
        """See ``UsageStore``."""
        fields = self._link.one(command("HGETALL", self._names.pool(pool, b"g")))
        days = []
        for field, value in zip(fields[::2], fields[1::2], strict=True):
            held, told = value.split(b"|")
            days.append(UsageDay(int(field), int(held), Shortage(int(told))))
        return sorted((day for day in days if day.begin >= begin), key=lambda day: day.begin)


def _noted(caller: LookupKey, position: int) -> int:
    return int.from_bytes(caller[:_HASH_BYTES]) << _POSITION_BITS | position % (1 << _POSITION_BITS)


def _foremost(notes: "array[int]") -> list[int]:
    """A session's place for each of the callers with the most routes."""
    together = (list(each) for _, each in groupby(sorted(notes), key=lambda noted: noted >> _POSITION_BITS))
    longest = sorted(((len(each), each[0]) for each in together), reverse=True)[:_FOREMOST]
    return [noted % (1 << _POSITION_BITS) for _, noted in longest]
