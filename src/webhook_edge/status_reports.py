"""Infobip's wire format of status reports: how a call went."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final

from masking_core.call_records import CallReport, Outcome
from masking_core.instants import SECOND, Instant
from masking_core.phone_number import from_digits
from masking_core.services.call_reports import ReportedCall
from webhook_edge.infobip import MAX_NAME, call_id_of, number_of
from webhook_edge.strict_json import members_of

_OUTCOMES: Final = {
    "answered": Outcome.ANSWERED,
    "busy": Outcome.BUSY,
    "no answer": Outcome.NO_ANSWER,
    "failed": Outcome.FAILED,
    "congestion": Outcome.CONGESTION,
}
_MAX_DIGITS: Final = 30
_LONGEST: Final = Decimal(10_000_000)
"""Seconds, and hundredths of a currency, past which a figure is none."""


def parse_status(body: bytes, zone: tzinfo) -> ReportedCall:
    """What a status report's body tells. Raises MalformedWebhook.

    Of a member that stands twice the last one counts; one of another kind than expected counts as
    not told. ``zone`` is that of times which name none.
    """
    members = {name: str(value) for name, value in members_of(body) if isinstance(value, str)}
    masking_session, call_record = members.get("nmCorrelationId", ""), members.get("correlationId", "")
    reference = members.get("clientReferenceId", "")
    action = members.get("action", "")
    return ReportedCall(
        call_id=call_id_of(masking_session, call_record),
        reference=reference if len(reference) <= MAX_NAME else "",
        dialled=from_digits(members.get("to", "").removeprefix("+")) or "",
        caller=None if action == "captureDtmf" else number_of(members.get("from", "")),
        callee=number_of(members.get("transferTo", "")),
        correlation_ids=tuple(name[:MAX_NAME] for name in (masking_session, call_record) if name),
        told=_told(members, action, zone),
    )


def _told(members: Mapping[str, str], action: str, zone: tzinfo) -> CallReport:
    return CallReport(
        outcome=_OUTCOMES.get(members.get("status", "").lower(), Outcome.UNKNOWN),
        action=_word(action),
        ringing_time=_instant(members.get("ringingTime"), zone),
        answered_time=_instant(members.get("answeredTime"), zone),
        outbound_seconds=_seconds(members.get("duration")),
        inbound_seconds=_seconds(members.get("inboundDuration")),
        billed_seconds=_seconds(members.get("calculatedDuration")),
        price_per_second=_figure(members.get("pricePerSecond")),
        currency=_word(members.get("currency", "")),
        recording_file_id=members.get("recordingFileId", "")[:MAX_NAME],
        recording_status=_word(members.get("recordingStatus", "")),
        machine_detection=_word(members.get("machineDetectionResult", "")),
    )


def _word(text: str) -> str:
    """A word of the provider's, or empty for what cannot be one."""
    return text if len(text) <= _MAX_DIGITS and text.isascii() and text.isalpha() else ""


def _figure(text: str | None) -> Decimal | None:
    """An exact figure that is not negative, or None."""
    if not text or len(text) > _MAX_DIGITS:
        return None
    try:
        figure = Decimal(text)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() and 0 <= figure <= _LONGEST else None


def _seconds(text: str | None) -> int | None:
    figure = _figure(text)
    return None if figure is None else int(figure)


def _instant(text: str | None, zone: tzinfo) -> Instant | None:
    """A point in time as in ``2018-01-01 12:00:00``, with a zone or without, or None."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        since_epoch = (time if time.tzinfo is not None else time.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return None
    return round(since_epoch) * SECOND if since_epoch > 0 else None
