"""How numbers and pools stand, in Redis: what is under way with sessions is not counted."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from adapters.storage.redis.commands import command
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import TOKEN_LENGTH, unpack_id
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.source import Standing
from adapters.storage.redis.transactions import Transactions
from masking_core.instants import Instant
from masking_core.pools import NumberState, PoolUsage, VirtualNumber
from masking_core.ports.numbers import NumberQuery

_EVERY = -1
_unpack_reservation = msgspec.msgpack.Decoder(tuple[list[str], list[str], list[str]]).decode


class RedisStanding:
    """The part of ``NumberStore`` that reads numbers, and the usage of ``PoolStore``."""

    _link: Link
    _names: Names
    _pools: PoolMemory
    _transactions: Transactions

    def get_number(self, number: str) -> VirtualNumber | None:
        """See ``NumberStore``."""
        pool = self._link.one(command("GET", self._names.number(number)))
        if pool is None:
            return None
        self._transactions.overcome_all(patient=False)
        found = self.shown_in(pool.decode(), [number[1:]])
        return found[0] if found else None

    def list_numbers(self, query: NumberQuery) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        self._transactions.overcome_all(patient=False)
        pools = [query.pool]
        if not query.pool:
            pools = [name.decode() for name in self._link.one(command("ZRANGE", self._names.only(b"pools"), 0, -1))]
        first = f"({query.after[1:]}" if query.after else "-"
        found: list[VirtualNumber] = []
        while pools:
            pages = self._link.many(
                [
                    command("ZRANGEBYLEX", self._names.pool(pool, b"i"), first, "+", "LIMIT", 0, query.limit)
                    for pool in pools
                ]
            )
            holders = {each.decode(): pool for pool, page in zip(pools, pages, strict=True) for each in page}
            page = sorted(holders)[: query.limit]
            if not page:
                break
            for number in self._shown({f"+{each}": holders[each] for each in page}):
                if _matches(number, query):
                    found.append(number)
                    if len(found) == query.limit:
                        return found
            first = f"({page[-1]}"
        return found

    def pool_usage(self, name: str, now: Instant) -> PoolUsage | None:
        """See ``PoolStore``."""
        if self._pools.read(name) is None:
            return None
        self._transactions.overcome_all(patient=False)
        self._transactions.unload_due(name, now, _EVERY)
        running, every = self._link.many(
            [command("ZCARD", self._names.pool(name, b"L")), command("HKEYS", self._names.pool(name, b"n"))]
        )
        numbers = self.shown_in(name, [each.decode() for each in every])
        in_service = [number for number in numbers if number.state is NumberState.IN_SERVICE]
        return PoolUsage(
            pool=name,
            in_service=len(in_service),
            draining=len(numbers) - len(in_service),
            reserved=sum(1 for number in numbers if number.reserved_by),
            idle=sum(1 for number in in_service if not number.load),
            active_sessions=running,
            highest_load=max((number.load for number in numbers), default=0),
        )

    def _shown(self, pools: dict[str, str]) -> list[VirtualNumber]:
        """Numbers as they stand, by their pools; one that has just gone is left out."""
        by_pool: dict[str, list[str]] = {}
        for number, pool in pools.items():
            by_pool.setdefault(pool, []).append(number[1:])
        found = {each.number: each for pool, digits in by_pool.items() for each in self.shown_in(pool, digits)}
        return [found[number] for number in pools if number in found]

    def shown_in(self, pool: str, digits: Sequence[str]) -> list[VirtualNumber]:
        """Numbers of one pool, in digits, as they stand; one that is not there is left out."""
        if not digits:
            return []
        *rows, fields = self._link.many(
            [
                *(command("HMGET", self._names.pool(pool, kind), *digits) for kind in (b"n", b"l", b"r")),
                command("HGETALL", self._names.pool(pool, b"m")),
            ]
        )
        loads, reserving = _underway(fields)
        found = []
        for number, facts, load, owner in zip(digits, *rows, strict=True):
            if facts is None:
                continue
            standing = Standing.of(facts, load, owner)
            undecided = (number, standing.reserved_by) in reserving
            found.append(
                VirtualNumber(
                    number=f"+{number}",
                    pool=pool,
                    country=standing.country,
                    area=standing.area,
                    voice=standing.voice,
                    sms=standing.sms,
                    state=standing.state,
                    load=standing.load - loads[number],
                    reserved_by="" if undecided or not standing.reserved_by else unpack_id(standing.reserved_by),
                    create_time=standing.create_time,
                )
            )
        return found


def _underway(fields: Sequence[bytes]) -> tuple[Counter[str], set[tuple[str, bytes]]]:
    """What undecided openings and changes take of each number, and which session would have which."""
    loads: Counter[str] = Counter()
    reserving: set[tuple[str, bytes]] = set()
    for lease, packed in zip(fields[::2], fields[1::2], strict=True):
        take, _, _ = _unpack_reservation(packed)
        loads.update(take)
        reserving |= {(number, lease[TOKEN_LENGTH:]) for number in take}
    return loads, reserving


def _matches(number: VirtualNumber, query: NumberQuery) -> bool:
    return (query.state is None or number.state is query.state) and (
        not query.country or number.country == query.country
    )
