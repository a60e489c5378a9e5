import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.composition import Services
from cli.command_line import CommandLine
from masking_core.call_records import CallReport, Outcome
from masking_core.calls import IncomingCall
from masking_core.instants import HOUR, MINUTE, SECOND, Instant
from masking_core.phone_number import RealNumber
from masking_core.ports.call_log import Decided
from masking_core.services.call_recording import CallRecording
from masking_core.services.call_reports import ReportedCall

pytestmark = pytest.mark.usefixtures("recorded")

DRIVER, RIDER = "+447700900101", "+447700900102"
NOON: Instant = int(datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()) * SECOND
THAT_DAY = ("--from", "2026-11-02T00:00:00Z", "--to", "2026-11-03T00:00:00Z")


def place(services: Services, name: str, time: Instant, dialled: str, seconds: int | None) -> None:
    """A call of the driver's to a number in London or Paris, answered for so many seconds, or busy."""
    call = IncomingCall(dialled, RealNumber(DRIVER), name, correlation_ids=(name,))
    decision = services.explaining.explain(call.caller, dialled).decision
    CallRecording(services.store, services.vault).record([Decided(call, decision, time, time + 400_000 * HOUR)])
    told = (
        CallReport(Outcome.BUSY)
        if seconds is None
        else CallReport(
            Outcome.ANSWERED,
            outbound_seconds=seconds,
            inbound_seconds=seconds,
            billed_seconds=seconds,
            price_per_second=Decimal("0.5"),
            currency="EUR" if dialled.startswith("+44") else "CHF",
        )
    )
    services.reports.keep(name.encode(), ReportedCall(name, dialled=dialled, told=told))


@pytest.fixture
def recorded(masking: CommandLine, server: object, services: Services) -> None:
    """Three calls in London around noon, two of them at once, and one in Paris an hour later."""
    del server
    masking.json("pools", "create", "ride-uk")
    masking.json("pools", "create", "ride-fr")
    masking.json("numbers", "add", "ride-uk", "+442079460001")
    masking.json("numbers", "add", "ride-fr", "+33123456789")
    masking.json("sessions", "open", "--pool", "ride-uk", "--participant", DRIVER, "--participant", RIDER)
    place(services, "call-a", NOON, "+442079460001", 60)
    place(services, "call-b", NOON + 30 * SECOND, "+442079460001", 120)
    place(services, "call-c", NOON + 5 * MINUTE, "+442079460001", None)
    place(services, "call-d", NOON + HOUR, "+33123456789", 30)


def test_a_report_adds_up_all_calls(masking: CommandLine) -> None:
    report = masking("report", *THAT_DAY)
    assert report.code == ExitCode.OK
    span, rows, peaks = report.out.split("\n\n")
    assert span.splitlines() == [
        "from          2026-11-02T00:00:00Z",
        "to            2026-11-03T00:00:00Z",
        "busiest hour  2026-11-02T12:00:00Z, 3 calls",
    ]
    assert [line.split() for line in rows.splitlines()] == [
        ["CALLS", "ANSWERED", "SHARE", "CONNECTED", "MEDIAN", "P95", "COST"],
        ["4", "3", "75.0", "%", "3m30s", "1m", "2m", "0.15", "CHF,", "0.9", "EUR"],
    ]
    assert [line.split() for line in peaks.splitlines()][1:] == [
        ["ride-fr", "all", "1", "2026-11-02T13:00:00Z"],
        ["ride-uk", "all", "2", "2026-11-02T12:00:00Z"],
        ["ride-uk", "+442079460001", "2", "2026-11-02T12:00:00Z"],
        ["ride-fr", "+33123456789", "1", "2026-11-02T13:00:00Z"],
    ]


def test_a_row_stands_for_each_group(masking: CommandLine) -> None:
    rows = masking("report", *THAT_DAY, "--by", "pool", "--by", "outcome").out.split("\n\n")[1].splitlines()
    assert [line.split()[:3] for line in rows] == [
        ["POOL", "OUTCOME", "CALLS"],
        ["ride-fr", "answered", "1"],
        ["ride-uk", "answered", "2"],
        ["ride-uk", "busy", "1"],
        ["all", "4", "3"],
    ]
    rows = masking("report", *THAT_DAY, "--by", "day", "--pool", "ride-uk").out.split("\n\n")[1].splitlines()
    assert [line.split()[:2] for line in rows[1:]] == [["2026-11-02", "3"]]


def test_the_same_as_a_document(masking: CommandLine) -> None:
    document = masking.json("report", *THAT_DAY, "--by", "country", "--by", "hour", "--by", "number", "--by", "reason")
    assert [row["group"] for row in document["rows"]] == [
        ["FR", "2026-11-02T13:00:00Z", "+33123456789", "NO_SESSION"],
        ["GB", "2026-11-02T12:00:00Z", "+442079460001", "ACTIVE_SESSION"],
    ]
    assert document["total"]["costs"] == [
        {"currency": "CHF", "amount": "0.15"},
        {"currency": "EUR", "amount": "0.9"},
    ]


def test_the_same_as_csv(masking: CommandLine) -> None:
    rows = list(csv.reader(io.StringIO(masking("report", *THAT_DAY, "--by", "pool", "--csv").out)))
    assert rows == [
        ["pool", "calls", "answered", "total_seconds", "median_seconds", "p95_seconds", "cost_CHF", "cost_EUR"],
        ["pools/ride-fr", "1", "1", "30", "30", "30", "0.15", "0"],
        ["pools/ride-uk", "3", "2", "180", "60", "120", "0", "0.9"],
    ]


def test_peaks_can_be_had_alone(masking: CommandLine) -> None:
    assert masking("report", *THAT_DAY, "--peaks", "--csv").out.splitlines() == [
        "pool,number,calls,hour",
        "pools/ride-fr,,1,2026-11-02T13:00:00Z",
        "pools/ride-fr,+33123456789,1,2026-11-02T13:00:00Z",
        "pools/ride-uk,,2,2026-11-02T12:00:00Z",
        "pools/ride-uk,+442079460001,2,2026-11-02T12:00:00Z",
    ]
    assert len(masking("report", *THAT_DAY, "--peaks").out.splitlines()) == 5


def test_the_usual_span_is_the_last_week(masking: CommandLine) -> None:
    week = masking.json("report")
    begin, end = (datetime.fromisoformat(week[f"{edge}_time"]) for edge in ("begin", "end"))
    assert (end - begin).total_seconds() in {(7 * 24 + 1) * 3600, 7 * 24 * 3600}
    assert masking("report", "--last", "1h").out.split("\n\n")[1] == "no calls\n"
    assert masking("report", "--last", "1h", "--peaks").out == "no calls went on\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--by", "caller"),
        ("--to", "2026-11-02T00:00:00Z"),
        ("--last", "1h", "--from", "2026-11-02T00:00:00Z"),
        ("--json", "--csv"),
    ],
)
def test_a_report_that_cannot_be_meant_is_not_asked_for(masking: CommandLine, arguments: tuple[str, ...]) -> None:
    refused = masking("report", *arguments)
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")


def test_what_the_server_refuses_is_named(masking: CommandLine) -> None:
    late = masking("report", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z", "--json")
    assert (late.code, late.error["field"]) == (ExitCode.REFUSED, "end_time")
    twice = masking("report", "--by", "pool", "--by", "pool", "--json")
    assert (twice.code, twice.error["field"]) == (ExitCode.REFUSED, "group_by")


def test_a_page_with_plots_is_written_beside_the_table(masking: CommandLine, tmp_path: Path) -> None:
    told = masking("report", *THAT_DAY, "--pool", "ride-uk", "--html", "report.html")
    assert told.code == ExitCode.OK, told.err
    assert "busiest hour" in told.out
    page = (tmp_path / "report.html").read_text()
    assert "to numbers of ride-uk." in page
    assert "<title>Calls</title>" in page
    assert '<th scope="row">calls</th><td>3</td>' in page


def test_a_page_that_cannot_be_written_is_told(masking: CommandLine) -> None:
    failed = masking("report", *THAT_DAY, "--html", "no/where.html", "--json")
    assert (failed.code, failed.error["reason"]) == (ExitCode.USAGE, "BAD_FILE")
