"""Calls by what they have in common, and the most that went on at once, as bars."""

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.charts.chart import Bars, Line
from adapters.cli import messages
from masking.v1 import call_service_pb2 as pb

_MOST: Final = 20
Peak = pb.SummarizeResponse.Peak


def by_reason(summary: pb.SummarizeResponse) -> Bars:
    """Calls by the reason of their answer, each bar by how they ended."""
    counts = {(row.group[0], row.group[1]): row.tally.calls for row in summary.rows}
    totals: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    for (reason, outcome), calls in counts.items():
        totals[reason] = totals.get(reason, 0) + calls
        outcomes[outcome] = outcomes.get(outcome, 0) + calls
    reasons = sorted(totals, key=lambda reason: -totals[reason])
    first = _word(reasons[0])
    return Bars(
        title="Calls by reason and outcome",
        summary=f"Most calls, {totals[reasons[0]]:,}, were answered for the reason {first}.",
        named="reason",
        names=[_word(reason) for reason in reasons],
        across="calls",
        parts=[
            Line(_word(outcome), [counts.get((reason, outcome), 0) for reason in reasons])
            for outcome in sorted(outcomes, key=lambda outcome: -outcomes[outcome])
        ],
    )


def by_pool(summary: pb.SummarizeResponse) -> Iterator[Bars]:
    """Calls by pool, where there are several."""
    return _answered("pool", "Calls by pool", summary)


def by_country(summary: pb.SummarizeResponse) -> Iterator[Bars]:
    """Calls by country of the number dialled, where there are several."""
    return _answered("country", "Calls by country of the number dialled", summary)


def pool_peaks(peaks: Sequence[Peak]) -> Iterator[Bars]:
    """The most calls that went on at once to all numbers of a pool, of the pools with the most."""
    found = _highest([peak for peak in peaks if not peak.number])
    return _peaks("pool", "Most calls at once, by pool", found, [messages.last_part(peak.pool) for peak in found])


def number_peaks(peaks: Sequence[Peak]) -> Iterator[Bars]:
    """The most calls that went on at once to one number, of the numbers with the most."""
    found = _highest([peak for peak in peaks if peak.number])
    return _peaks("number", "Most calls at once, by number", found, [peak.number for peak in found])


def _highest(peaks: Sequence[Peak]) -> Sequence[Peak]:
    return sorted(peaks, key=lambda peak: (-peak.calls, peak.pool, peak.number))[:_MOST]


def _answered(named: str, title: str, summary: pb.SummarizeResponse) -> Iterator[Bars]:
    rows = sorted(summary.rows, key=lambda row: -row.tally.calls)[:_MOST]
    if len(rows) < 2:  # noqa: PLR2004 one alone tells what the total tells
        return
    more = f" The {_MOST} with the most are shown." if len(summary.rows) > _MOST else ""
    names = [messages.last_part(row.group[0]) or "none" for row in rows]
    yield Bars(
        title=title,
        summary=f"Most calls, {rows[0].tally.calls:,}, were of {named} {names[0]}.{more}",
        named=named,
        names=names,
        across="calls",
        parts=[
            Line("answered", [row.tally.answered for row in rows]),
            Line("not answered", [row.tally.calls - row.tally.answered for row in rows]),
        ],
    )


def _peaks(named: str, title: str, peaks: Sequence[Peak], names: Sequence[str]) -> Iterator[Bars]:
    if not peaks:
        return
    summary = f"{names[0]} had the most, {peaks[0].calls:,}, first in the hour of {messages.time(peaks[0].hour)}."
    calls = [peak.calls for peak in peaks]
    yield Bars(title, summary, named, names, "calls at once", [Line("at once", calls)])


def _word(stable: str) -> str:
    return messages.word(stable, "") or "none"
