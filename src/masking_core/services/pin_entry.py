"""Callers who are asked for a PIN."""

from masking_core.audio import Announcement
from masking_core.calls import AskPin, Decision, IncomingCall, Play, Reason
from masking_core.instants import Clock
from masking_core.matching import RouteMatch, Unseal, ask_pin, connect, is_active, refuse
from masking_core.pins import PinTry
from masking_core.pools import Pool
from masking_core.ports.calls import PinGuard
from masking_core.ports.keys import Vault
from masking_core.ports.routes import RouteStore


class PinEntry:
    """Recognises callers by what they type. Nothing is compared before the try is counted."""

    def __init__(self, routes: RouteStore, guard: PinGuard, vault: Vault, clock: Clock) -> None:
        """Take the ports."""
        self._routes = routes
        self._guard = guard
        self._vault = vault
        self._clock = clock

    def asked(self, call: IncomingCall, pool: Pool, question: AskPin) -> Decision:
        """The question, unless the number dialled takes no PIN now."""
        if self._guard.is_locked(call.dialled, self._clock()):
            return refuse(pool, Reason.PIN_LOCKED)
        return question

    def entered(self, call: IncomingCall, digits: str, unseal: Unseal) -> tuple[RouteMatch | None, Decision]:
        """Answer a caller who typed ``digits``, and what the store knows of the number dialled."""
        match = self._routes.find_route(call.dialled, self._vault.pin_lookups(digits))
        if match is None:
            return None, Play(Reason.UNKNOWN_NUMBER, "", Announcement.NOT_IN_SERVICE, None)
        if not match.pool.policy.asks_pin:
            return match, refuse(match.pool, Reason.NO_SESSION)
        if not digits:
            return match, refuse(match.pool, Reason.PIN_REFUSED)
        return match, self._answer(call, match, self._take_try(call, digits, match.pool), unseal)

    def _answer(self, call: IncomingCall, match: RouteMatch, verdict: PinTry, unseal: Unseal) -> Decision:
        pool, route = match.pool, match.route
        if verdict is PinTry.NUMBER_LOCKED:
            return refuse(pool, Reason.PIN_LOCKED)
        if verdict is PinTry.CALL_SPENT:
            return refuse(pool, Reason.PIN_REFUSED)
        if route is not None and is_active(route, self._clock()):
            self._guard.give_back_try(call.dialled, self._clock())
            return connect(call, pool, route, Reason.PIN_ACCEPTED, unseal)
        if verdict is PinTry.LAST:
            return refuse(pool, Reason.PIN_REFUSED)
        return ask_pin(pool, Reason.PIN_WRONG, Announcement.PIN_WRONG)

    def _take_try(self, call: IncomingCall, digits: str, pool: Pool) -> PinTry:
        key = self._vault.pin_lookups(digits)[-1]
        return self._guard.take_try(call.dialled, call.call_id, key, pool.policy.pins, self._clock())
