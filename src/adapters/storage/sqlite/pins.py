"""Counting tries of PINs, in SQLite."""

from dataclasses import replace

import apsw

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.sql import statement
from masking_core.instants import Instant
from masking_core.pins import NumberTries, PinPolicy, PinTry


class SqlitePins:
    """``PinGuard``."""

    _database: Database

    def take_try(self, dialled: str, call_id: str, key: bytes, policy: PinPolicy, now: Instant) -> PinTry:
        """See ``PinGuard``."""
        with self._database.writing() as connection:
            number = number_tries(connection, dialled) or NumberTries(now)
            if now < number.locked_until:
                return PinTry.NUMBER_LOCKED
            tried = {each for (each,) in fetch(connection, "SELECT tried FROM pin_tries WHERE call_id = ?", (call_id,))}
            if key not in tried:
                if len(tried) >= policy.tries:
                    return PinTry.CALL_SPENT
                if now >= number.since + policy.lock_window or number.locked_until:
                    number = NumberTries(now)
                if number.tries >= policy.lock_after:
                    put_number_tries(connection, dialled, replace(number, locked_until=now + policy.lock_time))
                    return PinTry.NUMBER_LOCKED
                put_number_tries(connection, dialled, replace(number, tries=number.tries + 1))
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
            number = number_tries(connection, dialled)
        return number is not None and now < number.locked_until


def number_tries(connection: apsw.Connection, dialled: str) -> NumberTries | None:
    """What was tried on a dialled number."""
    rows = fetch(connection, "SELECT since, tries, locked_until FROM pin_numbers WHERE dialled = ?", (dialled,))
    return NumberTries(*rows[0]) if rows else None


def put_number_tries(connection: apsw.Connection, dialled: str, tries: NumberTries) -> None:
    """Store what was tried on a dialled number."""
    arguments = (dialled, tries.since, tries.tries, tries.locked_until)
    connection.execute(statement("put_number_tries"), arguments)
