"""Pools and their numbers, in memory."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.storage.memory.tables import NumberRow, Tables
from masking_core.errors import AlreadyExists, Conflict, NotFound, NumberInUse
from masking_core.instants import Instant
from masking_core.keys import check_ring
from masking_core.phone_number import redact
from masking_core.pools import NumberState, Pool, PoolUsage, VirtualNumber
from masking_core.ports.numbers import NewNumber, NumberQuery


class MemoryNumbers:
    """``PoolStore`` and ``NumberStore``."""

    _tables: Tables

    def create_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        with self._tables.lock:
            if pool.name in self._tables.pools:
                raise AlreadyExists(f"there is a pool {pool.name} already")
            self._tables.pools[pool.name] = pool

    def update_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        with self._tables.lock:
            known = self._tables.pools.get(pool.name)
            if known is None:
                raise NotFound("pool", pool.name)
            if known.version != pool.version - 1:
                raise Conflict(f"pool {pool.name} was changed meanwhile")
            self._tables.pools[pool.name] = pool

    def get_pool(self, name: str) -> Pool | None:
        """See ``PoolStore``."""
        return self._tables.pools.get(name)

    def list_pools(self, after: str, limit: int) -> Sequence[Pool]:
        """See ``PoolStore``."""
        with self._tables.lock:
            return [self._tables.pools[name] for name in sorted(self._tables.pools) if name > after][:limit]

    def pool_usage(self, name: str, now: Instant) -> PoolUsage | None:
        """See ``PoolStore``."""
        tables = self._tables
        with tables.lock:
            if name not in tables.pools:
                return None
            tables.unload_expired(now, len(tables.due))
            rows = [row for row in tables.numbers.values() if row.facts.pool == name]
            in_service = [row for row in rows if row.facts.state is NumberState.IN_SERVICE]
            return PoolUsage(
                pool=name,
                in_service=len(in_service),
                draining=len(rows) - len(in_service),
                reserved=sum(1 for row in rows if row.reserved_by),
                idle=sum(1 for row in in_service if not row.load),
                active_sessions=sum(1 for each in tables.loading if tables.sessions[each].pool == name),
                highest_load=max((row.load for row in rows), default=0),
            )

    def add_numbers(
        self, pool: str, numbers: Sequence[NewNumber], key_ids: Sequence[str], now: Instant
    ) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        tables = self._tables
        with tables.lock:
            check_ring(key_ids, [key.key_id for key in tables.keys])
            if pool not in tables.pools:
                raise NotFound("pool", pool)
            for number in numbers:
                self._check_addable(pool, number, now)
            return [self._put(pool, number, now) for number in numbers]

    def _check_addable(self, pool: str, number: NewNumber, now: Instant) -> None:
        known = self._tables.numbers.get(number.number)
        if known is not None and known.facts.pool != pool:
            raise AlreadyExists(f"{number.number} is in pool {known.facts.pool}")
        for lookup in number.lookups:
            if any(route.end_time > now for route in self._tables.routes.get(lookup, {}).values()):
                raise NumberInUse(f"{redact(number.number)} is a participant's number in a running session")

    def _put(self, pool: str, new: NewNumber, now: Instant) -> VirtualNumber:
        tables = self._tables
        known = tables.numbers.get(new.number)
        facts = VirtualNumber(
            number=new.number,
            pool=pool,
            country=new.country,
            area=new.area,
            voice=new.voice,
            sms=new.sms,
            state=NumberState.IN_SERVICE,
            load=0,
            reserved_by="",
            create_time=now if known is None else known.facts.create_time,
        )
        row = NumberRow(facts, new.lookups)
        if known is not None:
            tables.leave_ladders(known)
            row.load, row.reserved_by, row.turn = known.load, known.reserved_by, known.turn
            tables.set_number_lookups(known, ())
        tables.numbers[new.number] = row
        tables.set_number_lookups(row, new.lookups)
        tables.join_ladders(row)
        return _shown(row)

    def drain_numbers(self, numbers: Sequence[str]) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        with self._tables.lock:
            rows = [self._known(number) for number in numbers]
            for row in rows:
                self._tables.leave_ladders(row)
                row.facts = replace(row.facts, state=NumberState.DRAINING)
            return [_shown(row) for row in rows]

    def remove_numbers(self, numbers: Sequence[str], now: Instant) -> None:
        """See ``NumberStore``."""
        with self._tables.lock:
            rows = [self._known(number) for number in numbers]
            for row in rows:
                self._check_unheld(row, now)
            for row in rows:
                self._tables.drop_number(row)

    def _check_unheld(self, row: NumberRow, now: Instant) -> None:
        callers = self._tables.callers_of_number[row.facts.number]
        ends = [self._tables.routes[caller][row.facts.number].end_time for caller in callers]
        if any(end > now for end in ends):
            raise NumberInUse(f"{row.facts.number} has running sessions; drained, it leaves when they are forgotten")
        if ends:
            raise NumberInUse(f"{row.facts.number} has ended sessions that are still remembered")

    def _known(self, number: str) -> NumberRow:
        row = self._tables.numbers.get(number)
        if row is None:
            raise NotFound("number", number)
        return row

    def get_number(self, number: str) -> VirtualNumber | None:
        """See ``NumberStore``."""
        row = self._tables.numbers.get(number)
        return None if row is None else _shown(row)

    def list_numbers(self, query: NumberQuery) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        with self._tables.lock:
            rows = (self._tables.numbers[number] for number in sorted(self._tables.numbers) if number > query.after)
            return [_shown(row) for row in rows if _matches(row.facts, query)][: query.limit]


def _matches(number: VirtualNumber, query: NumberQuery) -> bool:
    return (
        (not query.pool or number.pool == query.pool)
        and (query.state is None or number.state is query.state)
        and (not query.country or number.country == query.country)
    )


def _shown(row: NumberRow) -> VirtualNumber:
    return replace(row.facts, load=row.load, reserved_by=row.reserved_by)
