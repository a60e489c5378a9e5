"""Counting tries of PINs, in SQLite."""

import apsw

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.sql import statement
from masking_core.instants import Instant
from masking_core.pins import PinPolicy, PinTry


class SqlitePins:
    """``PinGuard``."""

    _database: Database

    def take_try(self, dialled: str, call_id: str, key: bytes, policy: PinPolicy, now: Instant) -> PinTry:
        """See ``PinGuard``."""
        with self._database.writing() as connection:
            since, tries, locked_until = _number(connection, dialled) or (now, 0, 0)
            if now < locked_until:
                return PinTry.NUMBER_LOCKED
            tried = {each for (each,) in fetch(connection, "SELECT tried FROM pin_tries WHERE call_id = ?", (call_id,))}
            if key not in tried:
                if len(tried) >= policy.tries:
                    return PinTry.CALL_SPENT
                if now >= since + policy.lock_window or locked_until:
                    since, tries = now, 0
                if tries >= policy.lock_after:
                    connection.execute(statement("put_number_tries"), (dialled, since, tries, now + policy.lock_time))
                    return PinTry.NUMBER_LOCKED
                connection.execute(statement("put_number_tries"), (dialled, since, tries + 1, 0))
                connection.execute("INSERT INTO pin_tries (call_id, tried, time) VALUES (?, ?, ?)", (call_id, key, now))
                tried.add(key)
            return PinTry.LAST if len(tried) >= policy.tries else PinTry.GRANTED

    def give_back_try(self, dialled: str, now: Instant) -> None:
        """See ``PinGuard``."""
        del now
        with self._database.writing() as connection:
            connection.execute("UPDATE pin_numbers SET tries = tries - 1 WHERE dialled = ? AND tries > 0", (dialled,))

    def is_locked(self, dialled: str, now: Instant) -> bool:
        """See ``PinGuard``."""
        with self._database.reading() as connection:
            known = _number(connection, dialled)
        return known is not None and now < known[2]


def _number(connection: apsw.Connection, dialled: str) -> tuple[int, int, int] | None:
    rows = fetch(connection, "SELECT since, tries, locked_until FROM pin_numbers WHERE dialled = ?", (dialled,))
    return rows[0] if rows else None
