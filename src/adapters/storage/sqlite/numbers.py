"""Pools and their numbers, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.codec import decode_policy, encode
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.expiry import unload_expired
from adapters.storage.sqlite.keys import check_writer, put_lookups
from adapters.storage.sqlite.sql import statement
from masking_core.errors import AlreadyExists, Conflict, NotFound, NumberInUse
from masking_core.instants import Instant
from masking_core.phone_number import redact
from masking_core.pools import NumberState, Pool, PoolUsage, VirtualNumber
from masking_core.ports.numbers import NewNumber, NumberQuery

_POOL = "SELECT name, policy, create_time, update_time, version FROM pools"
_NUMBER = "SELECT number, pool, country, area, voice, sms, state, load, reserved_by, create_time FROM numbers"


class SqlitePools:
    """``PoolStore``."""

    _database: Database

    def create_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        with self._database.writing() as connection:
            if _version(connection, pool.name) is not None:
                raise AlreadyExists(f"there is a pool {pool.name} already")
            connection.execute(
                "INSERT INTO pools (name, version, policy, create_time, update_time) VALUES (?, ?, ?, ?, ?)",
                (pool.name, pool.version, encode(pool.policy), pool.create_time, pool.update_time),
            )

    def update_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        with self._database.writing() as connection:
            version = _version(connection, pool.name)
            if version is None:
                raise NotFound("pool", pool.name)
            if version != pool.version - 1:
                raise Conflict(f"pool {pool.name} was changed meanwhile")
            connection.execute(
                "UPDATE pools SET version = ?, policy = ?, update_time = ? WHERE name = ?",
                (pool.version, encode(pool.policy), pool.update_time, pool.name),
            )

    def get_pool(self, name: str) -> Pool | None:
        """See ``PoolStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, f"{_POOL} WHERE name = ?", (name,))
        return decoded_pool(rows[0]) if rows else None

    def list_pools(self, after: str, limit: int) -> Sequence[Pool]:
        """See ``PoolStore``."""
        text = f"{_POOL} WHERE name > ? ORDER BY name LIMIT ?"
        with self._database.reading() as connection:
            return [decoded_pool(row) for row in fetch(connection, text, (after, limit))]

    def pool_usage(self, name: str, now: Instant) -> PoolUsage | None:
        """See ``PoolStore``."""
        with self._database.writing() as connection:
            if _version(connection, name) is None:
                return None
            unload_expired(connection, now, -1)
            row = fetch(connection, statement("pool_usage"), (name,))[0]
        in_service, draining, reserved, idle, highest_load, active_sessions = row
        return PoolUsage(name, in_service, draining, reserved, idle, active_sessions, highest_load)


class SqliteNumbers:
    """``NumberStore``."""

    _database: Database

    def add_numbers(
        self, pool: str, numbers: Sequence[NewNumber], key_ids: Sequence[str], now: Instant
    ) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        with self._database.writing() as connection:
            check_writer(connection, key_ids)
            if _version(connection, pool) is None:
                raise NotFound("pool", pool)
            for number in numbers:
                _check_addable(connection, pool, number, now)
            for number in numbers:
                connection.execute(
                    statement("put_number"),
                    (number.number, pool, number.country, number.area, number.voice, number.sms, now),
                )
                put_lookups(connection, number.number, number.lookups)
            return [_known(connection, number.number) for number in numbers]

    def drain_numbers(self, numbers: Sequence[str]) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        with self._database.writing() as connection:
            for number in numbers:
                connection.execute("UPDATE numbers SET state = 'DRAINING' WHERE number = ?", (number,))
            return [_known(connection, number) for number in numbers]

    def remove_numbers(self, numbers: Sequence[str], now: Instant) -> None:
        """See ``NumberStore``."""
        with self._database.writing() as connection:
            for number in numbers:
                _known(connection, number)
                _check_unheld(connection, number, now)
                connection.execute("DELETE FROM numbers WHERE number = ?", (number,))

    def get_number(self, number: str) -> VirtualNumber | None:
        """See ``NumberStore``."""
        with self._database.reading() as connection:
            return _number(connection, number)

    def list_numbers(self, query: NumberQuery) -> Sequence[VirtualNumber]:
        """See ``NumberStore``."""
        arguments = (query.after, query.limit, query.pool, query.state or "", query.country)
        with self._database.reading() as connection:
            return [decoded_number(row) for row in fetch(connection, statement("list_numbers"), arguments)]


def _version(connection: apsw.Connection, pool: str) -> int | None:
    rows = fetch(connection, "SELECT version FROM pools WHERE name = ?", (pool,))
    return rows[0][0] if rows else None


def decoded_pool(row: tuple[str, str, int, int, int]) -> Pool:
    """The pool of a row: name, policy, create_time, update_time, version."""
    name, policy, create_time, update_time, version = row
    return Pool(name, decode_policy(policy), create_time, update_time, version)


def decoded_number(row: tuple[str, str, str, str, int, int, str, int, str, int]) -> VirtualNumber:
    """The number of a row: its columns as list_numbers.sql returns them."""
    number, pool, country, area, voice, sms, state, load, reserved_by, create_time = row
    return VirtualNumber(
        number, pool, country, area, bool(voice), bool(sms), NumberState(state), load, reserved_by, create_time
    )


def _number(connection: apsw.Connection, number: str) -> VirtualNumber | None:
    rows = fetch(connection, f"{_NUMBER} WHERE number = ?", (number,))
    return decoded_number(rows[0]) if rows else None


def _known(connection: apsw.Connection, number: str) -> VirtualNumber:
    known = _number(connection, number)
    if known is None:
        raise NotFound("number", number)
    return known


def _check_addable(connection: apsw.Connection, pool: str, number: NewNumber, now: Instant) -> None:
    known = _number(connection, number.number)
    if known is not None and known.pool != pool:
        raise AlreadyExists(f"{number.number} is in pool {known.pool}")
    for lookup in number.lookups:
        text = "SELECT 1 FROM routes WHERE caller = ? AND end_time > ? LIMIT 1"
        if fetch(connection, text, (lookup, now)):
            raise NumberInUse(f"{redact(number.number)} is a participant's number in a running session")


def _check_unheld(connection: apsw.Connection, number: str, now: Instant) -> None:
    last = fetch(connection, "SELECT max(end_time) FROM routes WHERE dialled = ?", (number,))[0][0]
    if last is not None and last > now:
        raise NumberInUse(f"{number} has running sessions; drained, it leaves when they are forgotten")
    if last is not None:
        raise NumberInUse(f"{number} has ended sessions that are still remembered")
