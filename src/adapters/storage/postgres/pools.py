"""Pools, in Postgres."""

from collections.abc import Sequence

from adapters.storage.codec import decode_policy, encode
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.expiry import unload_all_expired
from adapters.storage.postgres.sql import Row, statement
from adapters.storage.postgres.transaction import Transaction
from masking_core.errors import AlreadyExists, Conflict, NotFound
from masking_core.instants import Instant
from masking_core.pools import Pool, PoolUsage


class PostgresPools:
    """``PoolStore``."""

    _database: Database

    def create_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""
        putting = statement(
            "put_pool", pool.name, pool.version, encode(pool.policy), pool.create_time, pool.update_time
        )

        def work(transaction: Transaction) -> None:
            if not transaction.begin(putting)[0]:
                raise AlreadyExists(f"there is a pool {pool.name} already")
            transaction.commit()

        self._database.write(work)

    def update_pool(self, pool: Pool) -> None:
        """See ``PoolStore``."""

        def work(transaction: Transaction) -> None:
            (found,) = transaction.begin(statement("lock_pool", pool.name))
            if not found:
                raise NotFound("pool", pool.name)
            if found[0][0] != pool.version - 1:
                raise Conflict(f"pool {pool.name} was changed meanwhile")
            transaction.commit(statement("change_pool", pool.name, pool.version, encode(pool.policy), pool.update_time))

        self._database.write(work)

    def get_pool(self, name: str) -> Pool | None:
        """See ``PoolStore``."""
        rows = self._database.read(statement("get_pool", name))
        return decoded_pool(rows[0]) if rows else None

    def list_pools(self, after: str, limit: int) -> Sequence[Pool]:
        """See ``PoolStore``."""
        return [decoded_pool(row) for row in self._database.read(statement("list_pools", after, limit))]

    def pool_usage(self, name: str, now: Instant) -> PoolUsage | None:
        """See ``PoolStore``."""
        unload_all_expired(self._database, now)
        rows = self._database.read(statement("pool_usage", name))
        if not rows:
            return None
        in_service, draining, reserved, idle, highest_load, active_sessions = rows[0]
        return PoolUsage(name, in_service, draining, reserved, idle, active_sessions, highest_load)


def decoded_pool(row: Row) -> Pool:
    """The pool of a row: its columns as get_pool.sql returns them."""
    name, policy, create_time, update_time, version = row
    return Pool(name, decode_policy(policy), create_time, update_time, version)
