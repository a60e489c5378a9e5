"""How an explanation is shown to people."""

from adapters.cli import messages
from adapters.cli.call_shown import call_table
from adapters.cli.output import Record, Table
from masking.v1 import call_service_pb2 as pb

Shown = tuple[Record | Table | str, ...]


def explanation_shown(explained: pb.ExplainResponse) -> Shown:
    """What a call is answered, why, the caller's sessions, and the calls around that time."""
    answer = Record(
        [
            ("time", messages.time(explained.time)),
            ("answer", explained.answer),
            ("reason", messages.word(explained.reason, "")),
        ]
    )
    calls: Shown = ("", call_table(explained.calls)) if explained.calls else ()
    return answer, *rules_shown(explained), *calls


def rules_shown(explained: pb.ExplainResponse) -> Shown:
    """The rules in their order, and the caller's sessions."""
    sessions: Shown = ("", _sessions(explained)) if explained.sessions else ()
    return "", _rules(explained), *sessions


def _rules(explained: pb.ExplainResponse) -> Table:
    rows = [
        (messages.word(finding.rule, ""), "yes" if finding.holds else "no", finding.text)
        for finding in explained.findings
    ]
    return Table(("RULE", "HOLDS", "WHY"), rows)


def _sessions(explained: pb.ExplainResponse) -> Table:
    rows = [
        (
            messages.last_part(each.name),
            each.proxy_number,
            "active" if each.was_active else "not active",
            messages.time(each.create_time),
            messages.time(each.end_time) if each.HasField("end_time") else "when it is closed",
        )
        for each in explained.sessions
    ]
    return Table(("SESSION", "CALLER DIALS", "THEN", "OPENED", "END"), rows)
