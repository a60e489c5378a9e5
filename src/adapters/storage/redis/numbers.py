"""Virtual numbers, in Redis. They change under one lock, and are read without it.

A number stands in three places: in its pool, under its own name (which says in which pool it is),
and as a mark with the caller that it would be. Before any of them changes, the number is written
down as unfinished work; whoever takes the lock next finishes what somebody left, by one rule: a
number that is not in its pool stands nowhere.
"""

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from adapters.storage.redis.commands import Command, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.lock import HeldLock, keeping_numbers
from adapters.storage.redis.names import Names
from adapters.storage.redis.pools import PoolMemory
from adapters.storage.redis.route_packing import VIRTUAL
from adapters.storage.redis.standing import RedisStanding
from adapters.storage.redis.transactions import Transactions
from adapters.storage.redis.work import SLACK
from masking_core.errors import AlreadyExists, NotFound, NumberInUse, StoreUnavailable
from masking_core.instants import Instant
from masking_core.phone_number import redact
from masking_core.pools import VirtualNumber
from masking_core.ports.numbers import NewNumber
from masking_core.sealed import LookupKey

_BATCH = 1_000
_EVERY = -1
_UNKNOWN_NOW = 0
_pack = msgspec.msgpack.Encoder().encode
_unpack_lookups = msgspec.msgpack.Decoder(list[LookupKey]).decode
_unpack_work = msgspec.msgpack.Decoder(tuple[str, list[LookupKey]]).decode


class RedisNumbers(RedisStanding):
    """``NumberStore``."""

    _link: Link
    _names: Names
    _pools: PoolMemory
    _transactions: Transactions

    def add_numbers(
        self, pool: str, numbers: Sequence[NewNumber], key_ids: Sequence[str], now: Instant
    ) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        with keeping_numbers(self._link, self._names) as lock:
            check_writer(self._link.one(command("GET", self._names.only(b"keys"))), key_ids)
            if self._pools.read(pool) is None:
                raise NotFound("pool", pool)
            self._finish_work(now)
            holders = self._holders([each.number for each in numbers])
            for number, holder in holders.items():
                if holder not in (None, pool):
                    raise AlreadyExists(f"{number} is in pool {holder}")
            try:
                for start in range(0, len(numbers), _BATCH):
                    self._mark(pool, numbers[start : start + _BATCH], now, holders)
                    lock.renew()
            except NumberInUse:
                self._finish_work(now)
                raise
            for start in range(0, len(numbers), _BATCH):
                self._put(pool, numbers[start : start + _BATCH], now)
                lock.renew()
        return self.shown_in(pool, [each.number[1:] for each in numbers])

    def _mark(self, pool: str, numbers: Sequence[NewNumber], now: Instant, holders: dict[str, str | None]) -> None:
        """Mark callers as ours. Raises NumberInUse."""
        new = [each for each in numbers if holders[each.number] is None]
        self._write_down(pool, {each.number: each.lookups for each in new})
        waiting = [(each.number, lookup) for each in numbers for lookup in each.lookups]
        while waiting:
            replies = self._link.many(
                [script("caller/mark_virtual", (self._names.caller(key),), number, now) for number, key in waiting]
            )
            again = []
            for (number, key), reply in zip(waiting, replies, strict=True):
                if reply == b"BUSY":
                    raise NumberInUse(f"{redact(number)} is a participant's number in a running session")
                if reply:
                    digits, lease = reply
                    self._transactions.give_up([(self._names.caller(key), digits.decode(), lease)])
                    again.append((number, key))
            waiting = again

    def _put(self, pool: str, numbers: Sequence[NewNumber], now: Instant) -> None:
        keys = self._names.pool_keys(pool)
        self._link.many([command("SET", self._names.number(each.number), pool) for each in numbers])
        self._link.many(
            [
                script(
                    "pool/put_number",
                    keys,
                    each.number[1:],
                    each.country,
                    each.area,
                    int(each.voice),
                    int(each.sms),
                    now,
                    _pack(each.lookups),
                )
                for each in numbers
            ]
        )
        self._link.one(command("HDEL", self._names.only(b"work"), *(each.number for each in numbers)))

    def drain_numbers(self, numbers: Sequence[str]) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        with keeping_numbers(self._link, self._names):
            pools = self._known_holders(numbers)
            self._link.many([self._draining(pools[number], number, only_unheld=False) for number in numbers])
        return self._shown(pools)

    def remove_numbers(self, numbers: Sequence[str], now: Instant) -> None:
        """See ``NumberStore``."""
        with keeping_numbers(self._link, self._names) as lock:
            self._finish_work(now)
            pools = self._known_holders(numbers)
            self._transactions.overcome_all(patient=True)
            for pool in set(pools.values()):
                self._transactions.unload_due(pool, now, _EVERY)
            replies = self._link.many([self._draining(pools[each], each, only_unheld=True) for each in numbers])
            found = dict(zip(numbers, replies, strict=True))
            held = next((number for number, reply in found.items() if len(reply) > 1), None)
            if held is not None:
                restored = [number for number, reply in found.items() if reply == b"S"]
                self._link.many(
                    [script("pool/restore_number", self._names.pool_keys(pools[each]), each[1:]) for each in restored]
                )
                raise _in_use(held, found[held])
            self._remove(lock, pools, now)

    def _draining(self, pool: str, number: str, *, only_unheld: bool) -> Command:
        return script("pool/drain_number", self._names.pool_keys(pool), number[1:], int(only_unheld))

    def _remove(self, lock: HeldLock, pools: dict[str, str], now: Instant) -> int:
        """Remove draining numbers that nobody remembers; how many there were."""
        removed, numbers = 0, list(pools)
        for start in range(0, len(numbers), _BATCH):
            batch = numbers[start : start + _BATCH]
            lookups = self._link.many(
                [command("HGET", self._names.pool(pools[each], b"u"), each[1:]) for each in batch]
            )
            for number, packed in zip(batch, lookups, strict=True):
                self._write_down(pools[number], {number: _unpack_lookups(packed) if packed else []})
            removed += sum(
                self._link.many(
                    [script("pool/remove_number", self._names.pool_keys(pools[each]), each[1:]) for each in batch]
                )
            )
            self._finish_work(now)
            lock.renew()
        return removed

    def rekey_number(self, number: str, lookups: Sequence[LookupKey]) -> None:
        """See ``KeyStore``."""
        with keeping_numbers(self._link, self._names):
            pool = self._holders([number])[number]
            if pool is None:
                return
            key = self._names.pool(pool, b"u")
            known = _unpack_lookups(self._link.one(command("HGET", key, number[1:])) or _pack([]))
            self._link.one(command("HSET", key, number[1:], _pack([*dict.fromkeys([*known, *lookups])])))
            self._link.many([command("HSET", self._names.caller(each), VIRTUAL, number) for each in lookups])
            gone = [each for each in known if each not in lookups]
            self._link.many(self._unmarking(number, gone, _UNKNOWN_NOW, 0))
            self._link.one(command("HSET", key, number[1:], _pack(lookups)))

    def _sweep_drained(self, now: Instant, limit: int) -> int:
        """Remove at most ``limit`` drained numbers that nobody remembers; how many there were."""
        free: dict[str, str] = {}
        for name in (raw.decode() for raw in self._link.one(command("ZRANGE", self._names.only(b"pools"), 0, -1))):
            drained = list(self._link.one(command("SMEMBERS", self._names.pool(name, b"d"))))
            if drained:
                held, loaded = self._link.many(
                    [command("HMGET", self._names.pool(name, kind), *drained) for kind in (b"h", b"l")]
                )
                unheld = [each for each, *ties in zip(drained, held, loaded, strict=True) if ties == [None, None]]
                free |= {f"+{each.decode()}": name for each in unheld}
        work = self._link.one(command("HLEN", self._names.only(b"work")))
        if not (free or work):
            return 0
        with suppress(StoreUnavailable), keeping_numbers(self._link, self._names) as lock:
            self._finish_work(now)
            return self._remove(lock, dict(list(free.items())[:limit]), now)
        return 0

    def _write_down(self, pool: str, numbers: dict[str, Sequence[LookupKey]]) -> None:
        """Write numbers down as unfinished work."""
        words = [word for number, lookups in numbers.items() for word in (number, _pack((pool, lookups)))]
        if words:
            self._link.one(command("HSET", self._names.only(b"work"), *words))

    def _finish_work(self, now: Instant) -> None:
        """Finish what was written down: a number that is not in its pool stands nowhere."""
        key = self._names.only(b"work")
        fields = self._link.one(command("HGETALL", key))
        for number, packed in zip((each.decode() for each in fields[::2]), fields[1::2], strict=True):
            pool, lookups = _unpack_work(packed)
            if not self._link.one(command("HEXISTS", self._names.pool(pool, b"n"), number[1:])):
                policy = self._pools.get(pool)
                keep = SLACK if policy is None else policy.policy.retention + SLACK
                self._link.many(self._unmarking(number, lookups, now, keep))
                self._link.one(script("other/release", (self._names.number(number),), pool, 1))
            self._link.one(command("HDEL", key, number))

    def _unmarking(self, number: str, lookups: Sequence[LookupKey], now: Instant, keep: int) -> list[Command]:
        return [script("caller/unmark_virtual", (self._names.caller(each),), number, now, keep) for each in lookups]

    def _holders(self, numbers: Sequence[str]) -> dict[str, str | None]:
        """The pool of each number, or None."""
        raws = self._link.many([command("GET", self._names.number(number)) for number in numbers])
        return {number: None if raw is None else raw.decode() for number, raw in zip(numbers, raws, strict=True)}

    def _known_holders(self, numbers: Sequence[str]) -> dict[str, str]:
        """The pool of each number. Raises NotFound."""
        known = {}
        for number, pool in self._holders(numbers).items():
            if pool is None:
                raise NotFound("number", number)
            known[number] = pool
        return known


def _in_use(number: str, reply: bytes) -> Exception:
    if reply == b"NONE":
        return NotFound("number", number)
    if reply == b"RUNNING":
        return NumberInUse(f"{number} has running sessions; drained, it leaves when they are forgotten")
    return NumberInUse(f"{number} has ended sessions that are still remembered")
