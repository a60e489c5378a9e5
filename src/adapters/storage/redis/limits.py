"""Counting calls and what they cost, in Redis.

All that a meter has counted lies in one slot, and a script counts there. The meters of a call lie in
several: it is counted on all of them at once, each in its place, and where one was full it is taken
off the others again, those alone that this very attempt has counted it on. So none ever holds more
than it allows. A process that dies in between leaves a call counted that was refused, until the
meter forgets it.
"""

import secrets
from collections.abc import Sequence

from adapters.storage.redis.commands import Command, command, reading_script, script
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from masking_core.calls import Reason
from masking_core.instants import MINUTE, Instant
from masking_core.limits import PURSE_KEPT_FOR, Admission, Meter, Reading, refusal

_FULL, _COUNTED, _KNOWN = 0, 1, 2
_ATTEMPT_MS = 60_000
_TOKEN_BYTES = 8
_SPENT = "spent"


class RedisLimits:
    """``CallGuard``."""

    _link: Link
    _names: Names

    def admit(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``. A refusal costs a second exchange, in which the other meters are told of it."""
        token = secrets.token_hex(_TOKEN_BYTES).encode()
        counting = [self._counting(meter, admission, token) for meter in admission.meters]
        found = self._link.many([*counting, *self._purse(admission)])
        replies = found[: len(counting)]
        reason = _reason(admission, replies, _spent(admission, found))
        if reason is not None:
            counted = [each for each, reply in zip(admission.meters, replies, strict=True) if reply == _COUNTED]
            self._link.many([self._uncounting(meter, admission.call_id, token) for meter in counted])
        return reason

    def _counting(self, meter: Meter, admission: Admission, token: bytes) -> Command:
        begin, until = admission.begin, admission.until
        return script(
            "limit/count",
            (*self._names.meter(meter.subject), self._names.attempt(meter.subject, token)),
            admission.call_id,
            begin,
            begin - MINUTE,
            until,
            meter.per_minute,
            meter.concurrent,
            meter.in_all,
            (meter.keep_until(begin, until) - begin + MINUTE) // 1_000,
            _ATTEMPT_MS,
        )

    def _uncounting(self, meter: Meter, call_id: str, token: bytes) -> Command:
        keys = (*self._names.meter(meter.subject), self._names.attempt(meter.subject, token))
        return script("limit/uncount", keys, call_id)

    def _purse(self, admission: Admission) -> list[Command]:
        return [] if admission.purse is None else [command("HGET", self._names.purse(admission.purse.name), _SPENT)]

    def would_refuse(self, admission: Admission) -> Reason | None:
        """See ``CallGuard``."""
        now = admission.begin
        asked = [
            reading_script("limit/read", self._names.meter(meter.subject), admission.call_id, now, now - MINUTE)
            for meter in admission.meters
        ]
        found = self._link.many([*asked, *self._purse(admission)])
        readings = [Reading(recent, live, in_all, bool(known)) for recent, live, in_all, known in found[: len(asked)]]
        return refusal(admission, readings, _spent(admission, found))

    def end_call(self, call_id: str, subjects: Sequence[str], now: Instant) -> None:
        """See ``CallGuard``."""
        del now
        self._link.many([command("ZREM", self._names.meter(subject)[1], call_id) for subject in subjects])

    def forget_counted(self, subjects: Sequence[str]) -> None:
        """See ``CallGuard``."""
        self._link.many([command("DEL", key) for subject in subjects for key in self._names.meter(subject)])

    def note_cost(self, purse: str, call_id: str, cost: int, now: Instant) -> None:
        """See ``CallGuard``."""
        del now
        keys = (self._names.purse(purse),)
        self._link.one(script("limit/note_cost", keys, f"/{call_id}", cost, PURSE_KEPT_FOR // 1_000))


def _spent(admission: Admission, found: Sequence[bytes | None]) -> int:
    """What the purse, which was asked last, has spent."""
    return 0 if admission.purse is None else int(found[-1] or 0)


def _reason(admission: Admission, replies: Sequence[int], spent: int) -> Reason | None:
    """As ``limits.refusal``, of what the scripts have said."""
    if replies and all(reply == _KNOWN for reply in replies):
        return None
    if admission.purse is not None and spent >= admission.purse.budget:
        return Reason.BUDGET_SPENT
    told = zip(admission.meters, replies, strict=True)
    return next((meter.reason for meter, reply in told if reply == _FULL), None)
