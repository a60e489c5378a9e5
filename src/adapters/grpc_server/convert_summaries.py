"""Summaries and explanations of calls: ``masking.v1`` ↔ the core."""

from datetime import UTC, datetime

from adapters.decimals import decimal_text
from adapters.grpc_server.choices import chosen
from adapters.grpc_server.convert_calls import Shown, call_message
from adapters.grpc_server.names import parse_pool, pool_name, session_name
from adapters.grpc_server.times import timestamp, to_instant
from masking.v1 import call_service_pb2 as pb
from masking_core.call_counts import Tally
from masking_core.calls import Decision, Dial, Play
from masking_core.errors import InvalidArgument
from masking_core.instants import NEVER, SECOND
from masking_core.services.call_summaries import SummaryRequest
from masking_core.services.calls import Calls
from masking_core.services.explanations import Explanation
from masking_core.summaries import Dimension, Summary

_DIMENSIONS = {
    pb.SummarizeRequest.DIMENSION_POOL: Dimension.POOL,
    pb.SummarizeRequest.DIMENSION_DAY: Dimension.DAY,
    pb.SummarizeRequest.DIMENSION_HOUR: Dimension.HOUR,
    pb.SummarizeRequest.DIMENSION_COUNTRY: Dimension.COUNTRY,
    pb.SummarizeRequest.DIMENSION_NUMBER: Dimension.NUMBER,
    pb.SummarizeRequest.DIMENSION_REASON: Dimension.REASON,
    pb.SummarizeRequest.DIMENSION_OUTCOME: Dimension.OUTCOME,
}
_TIMES = (Dimension.DAY, Dimension.HOUR)


def to_summary_request(request: pb.SummarizeRequest) -> SummaryRequest:
    """What to add up. Raises InvalidArgument naming the field."""
    for field in ("begin_time", "end_time"):
        if not request.HasField(field):
            raise InvalidArgument(field, "is needed")
    return SummaryRequest(
        to_instant("begin_time", request.begin_time),
        to_instant("end_time", request.end_time),
        tuple(parse_pool(f"pools[{index}]", name) for index, name in enumerate(request.pools)),
        tuple(chosen(f"group_by[{index}]", _DIMENSIONS, each) for index, each in enumerate(request.group_by)),
    )


def summary_message(request: SummaryRequest, summary: Summary) -> pb.SummarizeResponse:
    """The message for a summary."""
    return pb.SummarizeResponse(
        begin_time=timestamp(summary.begin),
        end_time=timestamp(summary.end),
        rows=[
            pb.SummarizeResponse.Row(
                group=[_shown(*each) for each in zip(request.dimensions, row.group, strict=True)],
                tally=_tally_message(row.tally),
            )
            for row in summary.rows
        ],
        total=_tally_message(summary.total),
        busiest_hour=None if summary.busiest_hour is None else timestamp(summary.busiest_hour),
        busiest_hour_calls=summary.busiest_hour_calls,
        peaks=[
            pb.SummarizeResponse.Peak(
                pool=pool_name(peak.pool), number=peak.number, calls=peak.calls, hour=timestamp(peak.hour)
            )
            for peak in summary.peaks
        ],
    )


def _shown(dimension: Dimension, value: str) -> str:
    if dimension in _TIMES:
        return datetime.fromtimestamp(int(value) / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return pool_name(value) if dimension is Dimension.POOL and value else value


def _tally_message(tally: Tally) -> pb.SummarizeResponse.Tally:
    return pb.SummarizeResponse.Tally(
        calls=tally.calls,
        answered=tally.answered,
        total_seconds=tally.total_seconds,
        median_seconds=tally.percentile(50),
        p95_seconds=tally.percentile(95),
        costs=[
            pb.SummarizeResponse.Tally.Cost(currency=currency, amount=decimal_text(cost))
            for currency, cost in sorted(tally.costs.items())
        ],
    )


def explanation_message(explanation: Explanation, calls: Calls, shown: Shown) -> pb.ExplainResponse:
    """The message for an explanation."""
    return pb.ExplainResponse(
        time=timestamp(explanation.time),
        reason=explanation.decision.reason.value,
        answer=_answer(explanation.decision, shown),
        findings=[
            pb.ExplainResponse.Finding(rule=finding.rule.value, holds=finding.holds, text=finding.text)
            for finding in explanation.findings
        ],
        sessions=[
            pb.ExplainResponse.InvolvedSession(
                name=session_name(each.session.session_id),
                proxy_number=each.session.sides[each.side].proxy,
                was_active=each.was_active,
                create_time=timestamp(each.session.create_time),
                end_time=None if each.session.end_time == NEVER else timestamp(each.session.end_time),
            )
            for each in explanation.sessions
        ],
        calls=[call_message(calls.view(call), shown) for call in explanation.calls],
    )


def _answer(decision: Decision, shown: Shown) -> str:
    if isinstance(decision, Dial):
        return f"dial {shown(decision.to)}, who sees {decision.caller_id}"
    if isinstance(decision, Play):
        return f"play {decision.announcement.value}"
    return f"ask for a PIN of {decision.length} digits"
