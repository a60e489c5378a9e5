"""Answering the provider's callback: the one service on the way of a call."""

from dataclasses import replace
from typing import Final

from masking_core.calls import DEFAULT_RETENTION, AskPin, Decision, IncomingCall
from masking_core.errors import MaskingError
from masking_core.instants import Clock
from masking_core.matching import Route, RouteMatch, decide
from masking_core.phone_number import RealNumber
from masking_core.ports.call_log import CallLog, Decided
from masking_core.ports.keys import Vault
from masking_core.ports.routes import RouteStore
from masking_core.sealed import side_place
from masking_core.services.admission import Admitting
from masking_core.services.pin_entry import PinEntry

_ID_CHARACTERS: Final = 32


class CallRouting:
    """Decides what becomes of a call, and has it noted."""

    def __init__(
        self, routes: RouteStore, pins: PinEntry, admitting: Admitting, vault: Vault, log: CallLog, clock: Clock
    ) -> None:
        """Take the ports."""
        self._routes = routes
        self._pins = pins
        self._admitting = admitting
        self._vault = vault
        self._log = log
        self._clock = clock

    def route(self, call: IncomingCall) -> Decision:
        """Decide, in one storage round trip unless a PIN is asked for or given, or the pool has limits.

        Raises StoreUnavailable, StoreNotReady and SealBroken, which are noted too.
        """
        call = self._named(call)
        try:
            match, decision = self._matched(call) if call.digits is None else self._entered(call, call.digits)
            if match is not None:
                decision = self._admitting.admitted(call, match.pool, decision)
        except MaskingError:
            now = self._clock()
            self._log.note(Decided(call, None, now, now + DEFAULT_RETENTION))
            raise
        now = self._clock()
        retention = DEFAULT_RETENTION if match is None else match.pool.policy.call_retention
        self._log.note(Decided(call, decision, now, now + retention))
        return decision

    def _named(self, call: IncomingCall) -> IncomingCall:
        """The call with an id. It is stored as it is, and what was posted holds a number: so a key hides that."""
        if call.call_id:
            return call
        digest = self._vault.digests(b"call " + call.unnamed)[0]
        return replace(call, call_id=digest.hex()[:_ID_CHARACTERS], unnamed=b"")

    def _matched(self, call: IncomingCall) -> tuple[RouteMatch | None, Decision]:
        callers = () if call.caller is None else self._vault.lookups(call.caller)
        match = self._routes.find_route(call.dialled, callers)
        decision = decide(call, match, self._clock(), self._unseal)
        if match is not None and isinstance(decision, AskPin):
            decision = self._pins.asked(call, match.pool, decision)
        return match, decision

    def _entered(self, call: IncomingCall, digits: str) -> tuple[RouteMatch | None, Decision]:
        return self._pins.entered(call, digits, self._unseal)

    def _unseal(self, route: Route) -> RealNumber:
        return self._vault.unseal(route.callee, side_place(route.session_id, route.callee_side))
