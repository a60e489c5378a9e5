"""Counting tries of PINs, in memory."""

from dataclasses import dataclass, field, replace

from adapters.storage.memory.tables import Tables
from masking_core.instants import Instant
from masking_core.pins import NumberTries, PinPolicy, PinTry


@dataclass(slots=True)
class PinTables:
    """Tries by dialled number, and by call."""

    numbers: dict[str, NumberTries] = field(default_factory=dict)
    calls: dict[str, set[bytes]] = field(default_factory=dict)


class MemoryPins:
    """``PinGuard``."""

    _tables: Tables
    _pins: PinTables

    def take_try(self, dialled: str, call_id: str, key: bytes, policy: PinPolicy, now: Instant) -> PinTry:
        """See ``PinGuard``."""
        with self._tables.lock:
            number = self._pins.numbers.setdefault(dialled, NumberTries(now))
            if now < number.locked_until:
                return PinTry.NUMBER_LOCKED
            tried = self._pins.calls.setdefault(call_id, set())
            if key not in tried:
                if len(tried) >= policy.tries:
                    return PinTry.CALL_SPENT
                if now >= number.since + policy.lock_window or number.locked_until:
                    number = NumberTries(now)
                if number.tries >= policy.lock_after:
                    self._pins.numbers[dialled] = replace(number, locked_until=now + policy.lock_time)
                    return PinTry.NUMBER_LOCKED
                self._pins.numbers[dialled] = replace(number, tries=number.tries + 1)
                tried.add(key)
            return PinTry.LAST if len(tried) >= policy.tries else PinTry.GRANTED

    def give_back_try(self, dialled: str, now: Instant) -> None:
        """See ``PinGuard``."""
        del now
        with self._tables.lock:
            number = self._pins.numbers.get(dialled)
            if number is not None and number.tries:
                self._pins.numbers[dialled] = replace(number, tries=number.tries - 1)

    def is_locked(self, dialled: str, now: Instant) -> bool:
        """See ``PinGuard``."""
        number = self._pins.numbers.get(dialled)
        return number is not None and now < number.locked_until
