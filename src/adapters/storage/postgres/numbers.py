"""Virtual numbers, in Postgres."""

from collections.abc import Collection, Mapping, Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.lists import Lists
from adapters.storage.postgres.sql import Row, Statement, statement, text
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.errors import AlreadyExists, NotFound, NumberInUse
from masking_core.instants import Instant
from masking_core.keys import check_ring
from masking_core.phone_number import redact
from masking_core.pools import NumberState, VirtualNumber
from masking_core.ports.numbers import NewNumber, NumberQuery


class PostgresNumbers:
    """``NumberStore``."""

    _database: Database
    _lists: Lists

    def add_numbers(
        self, pool: str, numbers: Sequence[NewNumber], key_ids: Sequence[str], now: Instant
    ) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        names = [number.number for number in numbers]
        lookups = [(lookup, number.number) for number in numbers for lookup in number.lookups]

        def work(transaction: Transaction) -> Sequence[VirtualNumber]:
            ((checks,),) = transaction.begin(
                statement("adding_checks", pool, names, [lookup for lookup, _ in lookups], now), fence=Fence.ALONE
            )
            keys, has_pool, known, pools, callers = checks
            check_ring(key_ids, keys)
            if not has_pool:
                raise NotFound("pool", pool)
            pool_of, active = dict(zip(known, pools, strict=True)), set(callers)
            for number in numbers:
                _check_addable(pool, number, pool_of, active)
            *_, rows = transaction.commit(
                _put_numbers(pool, numbers, now),
                statement("drop_lookups", names),
                statement("put_lookups", *map(list, zip(*lookups, strict=True))),
                statement("get_numbers", names),
            )
            return _in_order(names, rows)

        return self._database.write(work, repeatable=True) if numbers else self._none_of(pool)

    def _none_of(self, pool: str) -> Sequence[VirtualNumber]:
        if not self._database.read(statement("get_pool", pool)):
            raise NotFound("pool", pool)
        return ()

    def drain_numbers(self, numbers: Sequence[str]) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""

        def work(transaction: Transaction) -> Sequence[VirtualNumber]:
            (known,) = transaction.begin(statement("lock_numbers", list(numbers)))
            _check_known(numbers, known)
            _, rows = transaction.commit(
                statement("drain_numbers", list(numbers)), statement("get_numbers", list(numbers))
            )
            return _in_order(numbers, rows)

        return self._database.write(work, repeatable=True)

    def remove_numbers(self, numbers: Sequence[str], now: Instant) -> None:
        """See ``NumberStore``."""

        def work(transaction: Transaction) -> None:
            known, rows = transaction.begin(
                statement("lock_numbers", list(numbers)), statement("latest_ends", list(numbers))
            )
            _check_known(numbers, known)
            ends: dict[str, Instant | None] = dict(rows)
            for number in numbers:
                _check_unheld(number, ends[number], now)
            transaction.commit(statement("remove_numbers", list(numbers)))

        self._database.write(work)

    def get_number(self, number: str) -> VirtualNumber | None:
        """See ``NumberStore``."""
        rows = self._database.read(statement("get_numbers", [number]))
        return decoded_number(rows[0]) if rows else None

    def list_numbers(self, query: NumberQuery) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        arguments: list[object] = [query.after, query.limit]
        conditions = []
        for column, value in (("pool", query.pool), ("state", query.state), ("country", query.country)):
            if value:
                arguments.append(str(value))
                conditions.append(f"AND {column} = ${len(arguments)}")
        listing = Statement(text("list_numbers", where=" ".join(conditions)), arguments)
        return [decoded_number(row) for row in self._lists.read(listing, whole=not conditions)]


def _put_numbers(pool: str, numbers: Sequence[NewNumber], now: Instant) -> Statement:
    ordered = sorted(numbers, key=lambda number: number.number)
    return statement(
        "put_numbers",
        pool,
        [number.number for number in ordered],
        [number.country for number in ordered],
        [number.area for number in ordered],
        [number.voice for number in ordered],
        [number.sms for number in ordered],
        now,
    )


def decoded_number(row: Row) -> VirtualNumber:
    """The number of a row: its columns as get_numbers.sql returns them."""
    number, pool, country, area, voice, sms, state, load, reserved_by, create_time = row
    return VirtualNumber(number, pool, country, area, voice, sms, NumberState(state), load, reserved_by, create_time)


def _in_order(numbers: Sequence[str], rows: Sequence[Row]) -> list[VirtualNumber]:
    found = {row[0]: decoded_number(row) for row in rows}
    return [found[number] for number in numbers]


def _check_known(numbers: Sequence[str], rows: Sequence[Row]) -> None:
    known = {number for number, *_ in rows}
    for number in numbers:
        if number not in known:
            raise NotFound("number", number)


def _check_addable(pool: str, number: NewNumber, pool_of: Mapping[str, str], active: Collection[bytes]) -> None:
    if pool_of.get(number.number, pool) != pool:
        raise AlreadyExists(f"{number.number} is in pool {pool_of[number.number]}")
    if any(lookup in active for lookup in number.lookups):
        raise NumberInUse(f"{redact(number.number)} is a participant's number in a running session")


def _check_unheld(number: str, last: Instant | None, now: Instant) -> None:
    if last is not None and last > now:
        raise NumberInUse(f"{number} has running sessions; drained, it leaves when they are forgotten")
    if last is not None:
        raise NumberInUse(f"{number} has ended sessions that are still remembered")
