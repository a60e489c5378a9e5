"""From decisions and reports to what is stored of a call."""

from collections.abc import Sequence

from masking_core.audio import Announcement
from masking_core.call_records import Answer, CallRecord, Step
from masking_core.calls import AskPin, Decision, Dial, Play, Reason
from masking_core.phone_number import RealNumber, redact_within
from masking_core.ports.call_log import Decided
from masking_core.ports.calls import CallStore
from masking_core.ports.keys import Vault
from masking_core.sealed import Caller, call_place
from masking_core.services.current_keys import under_current_keys

FIRST_CALLBACK = "0"
"""The key of the step that answers a call's first callback: before all others at one time."""


class CallRecording:
    """Records decisions that a ``CallLog`` took note of."""

    def __init__(self, calls: CallStore, vault: Vault) -> None:
        """Take the ports."""
        self._calls = calls
        self._vault = vault

    def record(self, decisions: Sequence[Decided]) -> None:
        """Record decisions, durably; the same again change nothing. Raises StoreUnavailable."""
        under_current_keys(self._vault, lambda: self._record(decisions))

    def _record(self, decisions: Sequence[Decided]) -> None:
        key_ids = self._vault.key_ids()
        self._calls.record_calls([self._fragment(decided) for decided in decisions], key_ids)

    def _fragment(self, decided: Decided) -> CallRecord:
        call, decision = decided.call, decided.decision
        known = decision is not None and decision.pool
        return CallRecord(
            call.call_id,
            call.dialled if known else redact_within(call.dialled) if decision is not None else "",
            sealed_person(self._vault, call.call_id, "caller", call.caller),
            sealed_person(self._vault, call.call_id, "callee", decision.to if isinstance(decision, Dial) else None),
            tuple(sorted({*call.correlation_ids})),
            (self._step(decided),),
            keep_until=decided.keep_until,
        )

    def _step(self, decided: Decided) -> Step:
        key = FIRST_CALLBACK
        if decided.call.digits is not None:
            key = self._vault.digests(decided.call.digits.encode())[0][:8].hex()
        return step_of(decided.decision, decided.time, key)


def step_of(decision: Decision | None, time: int, key: str) -> Step:
    """The step that a decision is."""
    if isinstance(decision, Dial):
        return Step(
            time,
            key,
            decision.reason,
            Answer.DIAL,
            decision.pool,
            decision.session_id,
            caller_id=decision.caller_id,
            recorded=decision.call_settings.record,
        )
    if isinstance(decision, Play):
        return Step(
            time, key, decision.reason, Answer.PLAY, decision.pool, decision.session_id, decision.announcement.value
        )
    if isinstance(decision, AskPin):
        return Step(time, key, decision.reason, Answer.ASK_PIN, decision.pool, announcement=decision.announcement.value)
    unavailable = Announcement.TEMPORARILY_UNAVAILABLE.value
    return Step(time, key, Reason.STORE_UNAVAILABLE, Answer.PLAY, announcement=unavailable)


def sealed_person(vault: Vault, call_id: str, role: str, number: RealNumber | None) -> Caller | None:
    """A number as a call's record holds it."""
    if number is None:
        return None
    return Caller(vault.seal(number, call_place(call_id, role)), vault.lookups(number))
