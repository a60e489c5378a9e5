"""Whether a call that could be put through may be: the limits and countries of its pool."""

from masking_core.calls import Decision, Dial, IncomingCall, Reason
from masking_core.instants import Clock
from masking_core.limits import NO_LIMITS, admission_of
from masking_core.matching import refuse
from masking_core.pools import Pool
from masking_core.ports.keys import Vault
from masking_core.ports.limits import CallGuard
from masking_core.ports.numbering import NumberingPlan

_TO_PARTICIPANTS = (Reason.ACTIVE_SESSION, Reason.PIN_ACCEPTED)


class Admitting:
    """Holds calls to what their pool allows. Asks the store for calls of pools with limits alone."""

    def __init__(self, guard: CallGuard, vault: Vault, plan: NumberingPlan, clock: Clock) -> None:
        """Take the ports."""
        self._guard = guard
        self._vault = vault
        self._plan = plan
        self._clock = clock

    def admitted(self, call: IncomingCall, pool: Pool, decision: Decision) -> Decision:
        """The decision, counted, or the refusal in its place. The same call again is counted once."""
        return self._judged(call, pool, decision, counting=True)

    def foretold(self, call: IncomingCall, pool: Pool, decision: Decision) -> Decision:
        """What ``admitted`` would return; counts nothing."""
        return self._judged(call, pool, decision, counting=False)

    def _judged(self, call: IncomingCall, pool: Pool, decision: Decision, *, counting: bool) -> Decision:
        if not isinstance(decision, Dial):
            return decision
        if not self._may_be_dialled(pool, decision):
            return refuse(pool, Reason.COUNTRY_NOT_ALLOWED, decision.session_id)
        limits = pool.policy.limits
        if limits == NO_LIMITS:
            return decision
        lookups = () if call.caller is None else self._vault.lookups(call.caller)
        admission = admission_of(call, pool.name, decision.session_id, limits, lookups, self._clock())
        if admission is None:
            return decision
        reason = self._guard.admit(admission) if counting else self._guard.would_refuse(admission)
        return decision if reason is None else refuse(pool, reason, decision.session_id)

    def _may_be_dialled(self, pool: Pool, dial: Dial) -> bool:
        """Whether the callee's country is one of the pool's; a session may have been opened when it was."""
        countries = pool.policy.countries
        if not countries or dial.reason not in _TO_PARTICIPANTS:
            return True
        return self._plan.describe(dial.to.e164).country in countries
