"""How calls are shown to people."""

from collections.abc import Sequence

from adapters.cli import messages
from adapters.cli.output import Record, Table
from masking.v1 import call_service_pb2 as pb

_COLUMNS = ("CALL", "TIME", "POOL", "CALLER", "DIALLED", "REACHED", "REASON", "OUTCOME", "SECONDS")


def call_table(found: Sequence[pb.Call]) -> Table:
    """Calls, a line each."""
    rows = [
        (
            messages.last_part(call.name),
            messages.time(call.time),
            messages.last_part(call.pool),
            _caller(call),
            call.dialled,
            call.callee,
            messages.word(call.reason, ""),
            outcome(call),
            str(call.report.connected_seconds) if call.report.HasField("connected_seconds") else "",
        )
        for call in found
    ]
    return Table(_COLUMNS, rows, "no calls")


def call_shown(call: pb.Call) -> tuple[Record, str, Table]:
    """A call: what it is and how it went, then what it was answered."""
    members = [
        ("name", call.name),
        ("time", messages.time(call.time)),
        ("pool", messages.last_part(call.pool) or "none"),
        ("session", call.session),
        ("caller", _caller(call)),
        ("dialled", call.dialled),
        ("reached", call.callee),
        ("reason", messages.word(call.reason, "")),
        ("outcome", outcome(call)),
        *_report_members(call.report),
        ("infobip's ids", " ".join(call.correlation_ids)),
    ]
    return Record([member for member in members if member[1]]), "", steps_table(call.steps)


def steps_table(steps: Sequence[pb.Call.Step]) -> Table:
    """What a call was answered, callback by callback."""
    rows = [(messages.time(step.time), messages.word(step.reason, ""), _answer(step)) for step in steps]
    return Table(("TIME", "REASON", "ANSWER"), rows, "nothing is known of its answer")


def outcome(call: pb.Call) -> str:
    """How it ended, in a word."""
    if not call.HasField("report"):
        return "not reported"
    word = messages.word(pb.Call.Outcome.Name(call.report.outcome), "OUTCOME_")
    return "unknown" if word == "unspecified" else word.replace("-", " ")


def _caller(call: pb.Call) -> str:
    return call.caller or "withheld"


def _report_members(report: pb.Call.Report) -> list[tuple[str, str]]:
    return [
        ("rang", messages.time(report.ringing_time) if report.HasField("ringing_time") else ""),
        ("answered", messages.time(report.answered_time) if report.HasField("answered_time") else ""),
        ("connected", f"{report.connected_seconds} s" if report.HasField("connected_seconds") else ""),
        ("billed", f"{report.billed_seconds} s" if report.HasField("billed_seconds") else ""),
        ("cost", f"{report.cost} {report.currency}".rstrip() if report.cost else ""),
        ("recording", " ".join(filter(None, (report.recording_file_id, report.recording_status.lower())))),
        ("detected", report.machine_detection.lower()),
    ]


def _answer(step: pb.Call.Step) -> str:
    said = f"play {step.announcement}"
    if step.answer == pb.Call.Step.ANSWER_ASK_PIN:
        said = f"ask for a PIN: {step.announcement}"
    if step.answer == pb.Call.Step.ANSWER_DIAL:
        said = f"dial, who sees {step.caller_id}" if step.caller_id else "dial"
    return said + ", recorded" * step.recorded + " (concluded from the report)" * step.concluded
