"""Counting tries of PINs, in Redis: all that is counted of one number dialled lies in its slot."""

import secrets

from adapters.storage.redis.commands import command, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from masking_core.calls import LONGEST_CALL
from masking_core.instants import Instant
from masking_core.pins import PinPolicy, PinTry


class RedisPins:
    """``PinGuard``."""

    _link: Link
    _names: Names

    def take_try(self, dialled: str, call_id: str, key: bytes, policy: PinPolicy, now: Instant) -> PinTry:
        """See ``PinGuard``."""
        verdict = self._link.one(
            script(
                "pin/take_try",
                (self._names.tries(dialled), self._names.tries(dialled, call_id)),
                key,
                policy.tries,
                policy.lock_after,
                policy.lock_window,
                policy.lock_time,
                now,
                (max(policy.lock_window, policy.lock_time) + LONGEST_CALL) // 1_000,
                LONGEST_CALL // 1_000,
            )
        )
        return PinTry(verdict.decode())

    def give_back_try(self, dialled: str, now: Instant) -> None:
        """See ``PinGuard``."""
        del now
        self._link.one(script("pin/give_back_try", (self._names.tries(dialled),), secrets.token_bytes(8)))

    def is_locked(self, dialled: str, now: Instant) -> bool:
        """See ``PinGuard``."""
        until = self._link.one(command("HGET", self._names.tries(dialled), "locked"))
        return until is not None and now < int(until)
