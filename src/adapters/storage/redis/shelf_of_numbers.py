"""The shelf of virtual numbers, in Redis."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from adapters.storage.redis.packing import pack_id
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.route_packing import VIRTUAL
from adapters.storage.redis.shelves import members_by_lex
from adapters.storage.redis.work import SLACK
from masking_core.calls import LONGEST_CALL
from masking_core.instants import Instant
from masking_core.moving import StoredNumber
from masking_core.pins import NumberTries
from masking_core.pools import NumberState, VirtualNumber
from masking_core.sealed import LookupKey

_LOAD_DIGITS: Final = 8
_UNKNOWN_NOW: Final = 0
_pack = msgspec.msgpack.Encoder().encode
_unpack_lookups = msgspec.msgpack.Decoder(list[LookupKey]).decode

Shown = Callable[[str, Sequence[str]], Sequence[VirtualNumber]]
"""Numbers of a pool, in digits, as they stand."""


class NumbersShelf:
    """``Shelf`` of virtual numbers.

    A number stands with its pool, under its own name and as a mark with the caller that it would be. The pool
    is written last and cleared last, for by it a number is found.
    """

    def __init__(self, link: Link, names: Names, pools: PoolMemory, shown: Shown) -> None:
        """Take the way to Redis, and what reads numbers."""
        self._link = link
        self._names = names
        self._pools = pools
        self._shown = shown

    def count(self) -> int:
        """See ``Shelf``."""
        return sum(self._link.many([command("HLEN", self._names.pool(pool, b"n")) for pool in self._pools.names()]))

    def page(self, after: str, limit: int) -> Mapping[str, StoredNumber]:
        """See ``Shelf``."""
        indexes = [self._names.pool(pool, b"i") for pool in self._pools.names()]
        first = f"({after[1:]}".encode() if after else b"-"
        while members := members_by_lex(self._link, indexes, first, limit):
            found = self.get([f"+{member.decode()}" for member in members])
            if found:
                return found
            first = b"(" + members[-1]
        return {}

    def get(self, ids: Collection[str]) -> Mapping[str, StoredNumber]:
        """See ``Shelf``."""
        by_pool: dict[str, list[str]] = {}
        for number, pool in self._holders(ids).items():
            by_pool.setdefault(pool, []).append(number)
        found = {
            number: each for pool, numbers in by_pool.items() for number, each in self._read(pool, numbers).items()
        }
        return {each: found[each] for each in ids if each in found}

    def _read(self, pool: str, numbers: Sequence[str]) -> dict[str, StoredNumber]:
        shown = self._shown(pool, [number[1:] for number in numbers])
        if not shown:
            return {}
        digits = [each.number[1:] for each in shown]
        lookups, places = self._link.many(
            [command("HMGET", self._names.pool(pool, kind), *digits) for kind in (b"u", b"w")]
        )
        return {
            number.number: StoredNumber(
                number, tuple(sorted(_lookups(packed))), int(place[_LOAD_DIGITS:]) if place else 0, tries
            )
            for number, packed, place, tries in zip(shown, lookups, places, self._tries(shown), strict=True)
        }

    def _tries(self, numbers: Sequence[VirtualNumber]) -> list[NumberTries | None]:
        fields = ("since", "tries", "locked")
        found = self._link.many([command("HMGET", self._names.tries(each.number), *fields) for each in numbers])
        return [None if raws[0] is None else NumberTries(*map(int, raws)) for raws in found]

    def put(self, records: Sequence[StoredNumber], now: Instant) -> None:
        """See ``Shelf``."""
        pools = set(self._pools.names())
        kept = [record for record in records if record.number.pool in pools]
        numbers = [record.number.number for record in kept]
        wanted = {record.number.number: record for record in kept}
        moved = [number for number, pool in self._holders(numbers).items() if wanted[number].number.pool != pool]
        self.remove(moved)
        self._unmark({number: set(wanted[number].lookups) for number in numbers})
        marks = [(record.number.number, lookup) for record in kept for lookup in record.lookups]
        self._link.many([command("HSET", self._names.caller(lookup), VIRTUAL, number) for number, lookup in marks])
        self._link.many([command("PERSIST", self._names.caller(lookup)) for _, lookup in marks])
        self._link.many([command("SET", self._names.number(each.number.number), each.number.pool) for each in kept])
        self._link.many(
            [
                script(
                    "pool/move_number",
                    self._names.pool_keys(record.number.pool),
                    record.number.number[1:],
                    _facts(record.number),
                    record.number.load,
                    pack_id(record.number.reserved_by) if record.number.reserved_by else b"",
                    _pack(record.lookups),
                    record.turn,
                )
                for record in kept
            ]
        )
        self._link.many([command("DEL", self._names.tries(number)) for number in numbers])
        self._link.many([each for record in kept for each in self._putting_tries(record, now)])

    def _putting_tries(self, record: StoredNumber, now: Instant) -> Iterator[Command]:
        tries, pool = record.tries, self._pools.get(record.number.pool)
        if tries is None or pool is None:
            return
        key = self._names.tries(record.number.number)
        matters_until = max(tries.since + pool.policy.pins.lock_window, tries.locked_until, now)
        yield command("HSET", key, "since", tries.since, "tries", tries.tries, "locked", tries.locked_until)
        yield command("PEXPIRE", key, (matters_until - now + LONGEST_CALL) // 1_000)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        self._unmark({each: set() for each in ids})
        holders = self._holders(ids)
        self._link.many(
            [
                script("pool/drop_number", self._names.pool_keys(pool), number[1:])
                for number in ids
                for pool in ([holders[number]] if number in holders else self._pools.names())
            ]
        )
        keys = [key for each in ids for key in (self._names.number(each), self._names.tries(each))]
        self._link.many([command("DEL", key) for key in keys])

    def _unmark(self, kept: Mapping[str, Collection[LookupKey]]) -> None:
        """Take numbers' marks from the callers that they would be, but for those kept."""
        holders = self._holders(kept)
        lookups = self._link.many(
            [command("HGET", self._names.pool(pool, b"u"), number[1:]) for number, pool in holders.items()]
        )
        self._link.many(
            [
                script("caller/unmark_virtual", (self._names.caller(lookup),), number, _UNKNOWN_NOW, SLACK)
                for number, packed in zip(holders, lookups, strict=True)
                for lookup in _lookups(packed)
                if lookup not in kept[number]
            ]
        )

    def _holders(self, numbers: Collection[str]) -> dict[str, str]:
        """The pools of those numbers that are in one."""
        raws = self._link.many([command("GET", self._names.number(number)) for number in numbers])
        return {number: raw.decode() for number, raw in zip(numbers, raws, strict=True) if raw is not None}


def _lookups(packed: bytes | None) -> list[LookupKey]:
    return _unpack_lookups(packed) if packed else []


def _facts(number: VirtualNumber) -> str:
    """As ``put_number.lua`` writes them."""
    state = "S" if number.state is NumberState.IN_SERVICE else "D"
    return f"{state}{number.voice:d}{number.sms:d}|{number.country}|{number.area}|{number.create_time}"
