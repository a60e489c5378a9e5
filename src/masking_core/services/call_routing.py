"""Answering the provider's callback: the one service on the way of a call."""

from masking_core.calls import Decision, IncomingCall
from masking_core.instants import Clock
from masking_core.matching import Route, decide
from masking_core.phone_number import RealNumber
from masking_core.ports.keys import Vault
from masking_core.ports.routes import RouteStore
from masking_core.sealed import side_place


class CallRouting:
    """Decides what becomes of a call."""

    def __init__(self, routes: RouteStore, vault: Vault, clock: Clock) -> None:
        """Take the ports."""
        self._routes = routes
        self._vault = vault
        self._clock = clock

    def route(self, call: IncomingCall) -> Decision:
        """Decide, in one storage round trip. Raises StoreUnavailable, StoreNotReady and SealBroken."""
        callers = () if call.caller is None else self._vault.lookups(call.caller)
        match = self._routes.find_route(call.dialled, callers)
        return decide(call, match, self._clock(), self._unseal)

    def _unseal(self, route: Route) -> RealNumber:
        return self._vault.unseal(route.callee, side_place(route.session_id, route.callee_side))
