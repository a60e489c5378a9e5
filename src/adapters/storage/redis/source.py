"""What the Redis backend brings to an allocation.

The numbers stand in the pool's slot and the participant's routes in the caller's, so this is a view
of two moments; what is chosen by it is checked again, number by number, when it is reserved.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from adapters.storage.redis.commands import Command, command
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id
from adapters.storage.redis.route_packing import end_of_route
from masking_core.allocation import WINDOW, Candidate, Need, Search, searches
from masking_core.exhaustion import NumberFacts
from masking_core.instants import NEVER, Instant
from masking_core.pools import Geography, NumberState, Pool
from masking_core.sessions import Session

_FIRST_PAGE = 2 * WINDOW
_LOAD_DIGITS = 8
_STATES = {"S": NumberState.IN_SERVICE, "D": NumberState.DRAINING}


@dataclass(frozen=True, slots=True)
class Standing:
    """A number as its pool knows it: ``facts`` as ``put_number.lua`` writes them, its load, who reserves it."""

    state: NumberState
    voice: bool
    sms: bool
    country: str
    area: str
    create_time: Instant
    load: int
    reserved_by: bytes

    @classmethod
    def of(cls, facts: bytes, load: bytes | None, reserved_by: bytes | None) -> "Standing":
        """From what the pool's hashes hold."""
        flags, country, area, create_time = facts.decode().split("|")
        return cls(
            _STATES[flags[0]],
            flags[1] == "1",
            flags[2] == "1",
            country,
            area,
            int(create_time),
            int(load or 0),
            reserved_by or b"",
        )


class RedisSource:
    """Numbers of one pool for one session."""

    def __init__(self, link: Link, names: Names, pool: Pool, session: Session, now: Instant) -> None:
        """Take the session as drafted or as it was: its own routes and reservations do not count against it."""
        self._link = link
        self._names = names
        self._pool = pool
        self._own = pack_id(session.session_id)
        self._own_load = Counter(side.proxy[1:] for side in session.sides if side.legs)
        self._reserved = session.reserved
        self._now = now
        self._cooled = now - pool.policy.cool_off
        self.leases: set[tuple[bytes, str, bytes]] = set()
        """Leases of other sessions that stood in the way: caller's hash, digits, lease."""
        self._pages: dict[str, Sequence[bytes]] = {}
        self._ends: dict[Need, dict[str, Instant | None]] = {}

    def first_pages(self, needs: Sequence[Need]) -> dict[str, Command]:
        """What asks for the numbers that most needs are met from, by tier; ``foresee`` takes the replies."""
        best = [next(searches(self._pool.policy, need.home)) for need in needs if not need.wanted]
        return {tier: self._page(tier, 0, _FIRST_PAGE) for tier in map(_tier, best)}

    def foresee(self, needs: Sequence[Need], pages: dict[str, Sequence[bytes]]) -> None:
        """Learn at once, for all needs, when they last used the numbers of their first pages."""
        self._pages = pages
        asked: list[tuple[Need, list[str]]] = []
        for need in needs:
            tier = _tier(next(searches(self._pool.policy, need.home)))
            if tier in pages and not need.wanted:
                asked.append((need, [_number_and_load(place)[0] for place in pages[tier]]))
        self._ends = dict(zip((need for need, _ in asked), self._last_uses(asked), strict=True))

    def candidates(self, need: Need, search: Search) -> Sequence[Candidate]:
        """See ``NumberSource``."""
        found = self._cooling(need, search) if search.early else self._fresh(need, search)
        return list(islice(found, WINDOW))

    def _fresh(self, need: Need, search: Search) -> Iterator[Candidate]:
        tier, start, size = _tier(search), 0, _FIRST_PAGE
        more = True
        while more:
            # What was foreseen is the first page of the first search.
            page = self._pages.get(tier) if start == 0 else None
            if page is None:
                page = self._link.one(self._page(tier, start, size))
            places = [_number_and_load(place) for place in page]
            numbers = [number for number, _ in places]
            ends = self._ends.get(need, {})
            if not ends.keys() >= set(numbers):
                ends = self._last_used(numbers, need)
            for number, load in places:
                if self._reserved and load:
                    return
                last_used = ends[number]
                if last_used is None or last_used <= self._cooled:
                    yield Candidate(f"+{number}", load, last_used)
            more = len(numbers) == size
            start, size = start + size, 4 * size

    def _page(self, tier: str, start: int, size: int) -> Command:
        key = self._names.pool(self._pool.name, b"a")
        return command("ZRANGEBYLEX", key, f"[{tier}/", f"({tier}0", "LIMIT", start, size)

    def _cooling(self, need: Need, search: Search) -> Iterator[Candidate]:
        ends = self._every_end(need)
        cooling = {number: end for number, end in ends.items() if self._cooled < end <= self._now}
        standings = self._standings(list(cooling))
        for number in sorted(cooling, key=lambda each: cooling[each]):
            standing = standings[number]
            if standing is not None and self._offers(standing, search):
                yield Candidate(f"+{number}", standing.load, cooling[number])

    def _offers(self, standing: Standing, search: Search) -> bool:
        near = (
            search.reach is Geography.NONE
            or (standing.country == search.country and search.reach is Geography.COUNTRY)
            or (standing.country, standing.area) == (search.country, search.area)
        )
        available = standing.state is NumberState.IN_SERVICE and standing.voice and not standing.reserved_by
        return near and available and not (self._reserved and standing.load)

    def describe(self, number: str, need: Need) -> NumberFacts | None:
        """See ``NumberSource``."""
        digits = number[1:]
        standing = self._standings([digits])[digits]
        if standing is None:
            return None
        return self._facts(digits, standing, self._last_used([digits], need)[digits])

    def facts(self, need: Need) -> Iterator[NumberFacts]:
        """See ``NumberSource``."""
        ends = self._every_end(need)
        kinds = (b"n", b"l", b"r")
        every, loads, owners = (
            dict(zip(found[::2], found[1::2], strict=True))
            for found in self._link.many(
                [command("HGETALL", self._names.pool(self._pool.name, kind)) for kind in kinds]
            )
        )
        for number, facts in every.items():
            digits = number.decode()
            standing = Standing.of(facts, loads.get(number), owners.get(number))
            yield self._facts(digits, standing, ends.get(digits))

    def _facts(self, digits: str, standing: Standing, last_used: Instant | None) -> NumberFacts:
        return NumberFacts(
            state=standing.state,
            voice=standing.voice,
            country=standing.country,
            area=standing.area,
            reserved=standing.reserved_by not in (b"", self._own),
            in_use=standing.load > self._own_load[digits],
            occupied=last_used is not None and last_used > self._now,
            cooling=last_used is not None and self._cooled < last_used <= self._now,
        )

    def _standings(self, numbers: Sequence[str]) -> dict[str, Standing | None]:
        if not numbers:
            return {}
        kinds = (b"n", b"l", b"r")
        rows = self._link.many([command("HMGET", self._names.pool(self._pool.name, kind), *numbers) for kind in kinds])
        return {
            number: None if facts is None else Standing.of(facts, load, owner)
            for number, facts, load, owner in zip(numbers, *rows, strict=True)
        }

    def _last_used(self, numbers: Sequence[str], need: Need) -> dict[str, Instant | None]:
        """When the participant's last session on each number ends or ended; never, where one is being opened."""
        return self._last_uses([(need, numbers)])[0]

    def _last_uses(self, asked: Sequence[tuple[Need, Sequence[str]]]) -> list[dict[str, Instant | None]]:
        """The same for several participants."""
        commands = [
            Command(key, ("HMGET", key, *(field for number in numbers for field in (number, f"?{number}"))))
            for need, numbers in asked
            for key in (map(self._names.caller, need.lookups()) if numbers else ())
        ]
        replies = iter(zip(commands, self._link.many(commands), strict=True))
        every: list[dict[str, Instant | None]] = []
        for need, numbers in asked:
            found: dict[str, Instant | None] = dict.fromkeys(numbers)
            for asking, values in islice(replies, len(need.lookups()) if numbers else 0):
                for number, route, lease in zip(numbers, values[::2], values[1::2], strict=True):
                    self._note(found, number, route, lease, asking.key)
            every.append(found)
        return every

    def _every_end(self, need: Need) -> dict[str, Instant]:
        """The same for every number that the participant has or had."""
        keys = [self._names.caller(lookup) for lookup in need.lookups()]
        found: dict[str, Instant | None] = {}
        for key, fields in zip(keys, self._link.many([command("HGETALL", each) for each in keys]), strict=True):
            hash_ = dict(zip(fields[::2], fields[1::2], strict=True))
            for field, value in hash_.items():
                if field[:1].isdigit():
                    self._note(found, field.decode(), value, None, key)
                elif field[:1] == b"?":
                    self._note(found, field[1:].decode(), None, value, key)
        return {number: end for number, end in found.items() if end is not None}

    def _note(
        self, found: dict[str, Instant | None], number: str, route: bytes | None, lease: bytes | None, key: bytes
    ) -> None:
        ends = [] if found.get(number) is None else [found[number]]
        if route is not None:
            session, end = end_of_route(route)
            ends += [end] if session != self._own else []
        if lease is not None and not lease.endswith(self._own):
            self.leases.add((key, number, lease))
            ends.append(NEVER)
        found[number] = max((end for end in ends if end is not None), default=None)


def _tier(search: Search) -> str:
    """The part of a pool's numbers, the least loaded first, in which a search looks; see ``lua/pool/_common.lua``."""
    if search.reach is Geography.COUNTRY:
        return f"C{search.country}"
    if search.reach is Geography.AREA:
        return f"A{search.country}|{search.area}"
    return "P"


def _number_and_load(place: bytes) -> tuple[str, int]:
    """What stands at a place of a tier."""
    _, at, number = place.decode().rsplit("/", 2)
    return number, int(at[:_LOAD_DIGITS])
