"""Keeping the provider's status reports, and what they tell of calls."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from masking_core.call_records import Answer, CallRecord, CallReport, Step
from masking_core.calls import DEFAULT_RETENTION, Reason, StatusReport, session_of_reference
from masking_core.instants import SECOND, Clock, Instant
from masking_core.limits import (
    NO_LIMITS,
    caller_subject,
    in_millionths,
    number_subject,
    pool_subject,
    purse_name,
    session_subject,
)
from masking_core.phone_number import RealNumber, redact_within
from masking_core.ports.keys import Vault
from masking_core.ports.store import Store
from masking_core.sealed import report_place
from masking_core.services.call_recording import FIRST_CALLBACK, sealed_person
from masking_core.services.current_keys import under_current_keys

_ANSWERS = {"dial": Answer.DIAL, "audio": Answer.PLAY, "captureDtmf": Answer.ASK_PIN}


@dataclass(frozen=True, slots=True)
class ReportedCall:
    """What a status report tells, and of which call.

    ``call_id`` is that of its callbacks, empty for a report of no call. ``reference`` is the one
    we gave it, or empty. ``callee`` is whom the provider dialled.
    """

    call_id: str = ""
    reference: str = ""
    dialled: str = ""
    caller: RealNumber | None = None
    callee: RealNumber | None = None
    correlation_ids: tuple[str, ...] = ()
    told: CallReport = field(default_factory=CallReport)


class CallReports:
    """Keeps what the provider tells of a call after it."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        """Take the ports."""
        self._store = store
        self._vault = vault
        self._clock = clock

    def keep(self, body: bytes, reported: ReportedCall) -> None:
        """Keep a report whole, and in its call's record; durable once this returns. The same again changes nothing."""
        now = self._clock()
        under_current_keys(self._vault, lambda: self._keep(body, reported, now))
        if reported.call_id:
            under_current_keys(self._vault, lambda: self._record(reported, now))
            self._settle(reported, now)

    def of_session(self, session_id: str) -> Sequence[bytes]:
        """The bodies of a session's reports, in the order they came."""
        return [
            self._vault.unseal_bytes(report.body, report_place(report.digest))
            for report in self._store.list_reports(session_id)
        ]

    def _keep(self, body: bytes, reported: ReportedCall, now: Instant) -> None:
        key_ids = self._vault.key_ids()
        digests = self._vault.digests(body)
        sealed = self._vault.seal_bytes(body, report_place(digests[0]))
        report = StatusReport(digests[0], session_of_reference(reported.reference), now, sealed)
        self._store.keep_report(report, digests, key_ids)

    def _record(self, reported: ReportedCall, now: Instant) -> None:
        key_ids = self._vault.key_ids()
        fragment = CallRecord(
            reported.call_id,
            caller=sealed_person(self._vault, reported.call_id, "caller", reported.caller),
            callee=sealed_person(self._vault, reported.call_id, "callee", reported.callee),
            correlation_ids=tuple(
                name for name in (*reported.correlation_ids, reported.told.recording_file_id) if name
            ),
            reports=(replace(reported.told, receive_time=now),),
        )
        known = self._store.get_call(reported.call_id)
        if known is None or not known.steps:
            fragment = self._with_concluded_step(fragment, reported, now)
        self._store.record_calls([fragment], key_ids)

    def _settle(self, reported: ReportedCall, now: Instant) -> None:
        """End the call where its pool counts it, and have its cost counted; twice has the effect of once."""
        call = self._store.get_call(reported.call_id)
        pool = None if call is None or not call.pool else self._store.get_pool(call.pool)
        if call is None or pool is None or pool.policy.limits == NO_LIMITS:
            return
        lookups = () if reported.caller is None else self._vault.lookups(reported.caller)
        subjects = [caller_subject(lookup) for lookup in lookups]
        subjects += [number_subject(call.dialled), pool_subject(call.pool)]
        subjects += [session_subject(call.session_id)] if call.session_id else []
        self._store.end_call(call.call_id, subjects, now)
        report = call.report
        if pool.policy.limits.daily_budget and report is not None and report.cost is not None:
            purse = purse_name(call.pool, min(each.receive_time for each in call.reports))
            self._store.note_cost(purse, call.call_id, in_millionths(report.cost), now)

    def _with_concluded_step(self, fragment: CallRecord, reported: ReportedCall, now: Instant) -> CallRecord:
        """The fragment with the step that its callback must have been answered with, for that was lost."""
        told = reported.told
        time = told.ringing_time or now - SECOND * (told.inbound_seconds or told.outbound_seconds or 0)
        answer = _ANSWERS.get(told.action, Answer.DIAL if reported.callee is not None else Answer.PLAY)
        lookups = () if reported.caller is None else self._vault.lookups(reported.caller)
        match = self._store.find_route(reported.dialled, lookups)
        session = self._store.get_session(session_of_reference(reported.reference))
        pool, session_id = "" if match is None else match.pool.name, ""
        if session is not None:
            was_running = session.create_time <= time < session.end_time
            reason = Reason.ACTIVE_SESSION if was_running else Reason.ENDED_SESSION
            pool, session_id = session.pool, session.session_id
        elif match is None:
            reason = Reason.UNKNOWN_NUMBER
        elif match.route is not None and match.route.end_time <= time:
            reason, session_id = Reason.ENDED_SESSION, match.route.session_id
        else:
            reason = Reason.CALLER_WITHHELD if reported.caller is None else Reason.NO_SESSION
        kept = DEFAULT_RETENTION if match is None else match.pool.policy.call_retention
        return replace(
            fragment,
            dialled=reported.dialled if match is not None else redact_within(reported.dialled),
            steps=(Step(time, FIRST_CALLBACK, reason, answer, pool, session_id, derived=True),),
            keep_until=now + kept,
        )
