"""How a plan is shown to people, at a terminal and on a page."""

from collections.abc import Sequence

from adapters.cli.output import Record, Table
from adapters.cli.plan_made import Plan
from adapters.cli.plan_texts import moment, money, share, span
from adapters.planning.shortages import Shortage
from masking_core.planning.distinctness import most_at_once
from masking_core.planning.plan import CountryPlan
from masking_core.pools import Geography, PoolPolicy

_ANYWHERE = "any"


def described(plan: Plan) -> Record:
    """What the plan was made of."""
    return Record(
        [
            ("sessions", _sessions(plan)),
            ("policy", policy_text(plan.source.policy)),
            ("calls", _calls(plan)),
        ]
    )


def _sessions(plan: Plan) -> str:
    sessions = plan.source.sessions
    most = f"{most_at_once((session.start, session.end) for session in sessions):,} at once at most"
    if plan.source.sample:
        return f"{len(sessions):,} drawn up from the figures"
    end = max(session.end for session in sessions)
    return f"{len(sessions):,} from {moment(sessions[0].start)} to {moment(end)}, {most}"


def policy_text(policy: PoolPolicy) -> str:
    """The rules of the pool that count for a plan."""
    widening = "strict" if policy.strict_geography else "widening"
    numbers = (
        f"numbers of the country, {widening}" if policy.geography is Geography.COUNTRY else "numbers from anywhere"
    )
    short = "reused early" if policy.reuse_early else "refused"
    return f"{numbers}; cool-off {span(policy.cool_off)}, when short {short}"


def _calls(plan: Plan) -> str:
    calls = plan.calls
    return (
        f"{calls.calls_per_session:g} a session of {span(calls.call_length)}, {calls.calls_at_once:,} at once "
        f"on a number, {share(calls.blocking)} may find it busy"
    )


def country_table(plan: Plan) -> Table:
    """What each country takes, both limits and the one that binds, and what to rent."""
    head = ["COUNTRY", "DISTINCT", "NO COOL-OFF", "ERLANGS", "CALLS", "CAPACITY", "BINDS", "NEEDED", "RENT"]
    in_service, priced = plan.source.in_service, any(country.cost is not None for country in plan.countries)
    head += ["IN SERVICE"] if in_service is not None else []
    head += ["A MONTH"] if priced else []
    rows = []
    for country in plan.countries:
        row = _limits(country)
        row += [f"{in_service.get(country.country, 0):,}"] if in_service is not None else []
        row += ["" if country.cost is None else money(country.cost)] if priced else []
        rows.append(row)
    if len(rows) > 1:
        rows.append(_total(plan, priced=priced))
    return Table(head, rows)


def _limits(plan: CountryPlan) -> list[str]:
    return [
        plan.country or _ANYWHERE,
        f"{plan.distinct:,}",
        f"{plan.distinct_warm:,}",
        f"{plan.capacity.traffic:,.2f}",
        f"{plan.capacity.calls:,}",
        f"{plan.capacity.numbers:,}",
        plan.binds.lower().replace("_", " "),
        f"{plan.needed:,}",
        f"{plan.rent:,}",
    ]


def _total(plan: Plan, *, priced: bool) -> list[str]:
    needed, rent = (sum(getattr(each, name) for each in plan.countries) for name in ("needed", "rent"))
    total = ["all", *[""] * 6, f"{needed:,}", f"{rent:,}"]
    if plan.source.in_service is not None:
        total.append(f"{sum(plan.source.in_service.values()):,}")
    return [*total, "" if plan.cost is None else money(plan.cost)] if priced else total


def shortage_table(shortages: Sequence[Shortage]) -> Table:
    """What happens with the numbers that are needed, and with fewer."""
    head = ("COUNTRY", "NUMBERS", "REFUSED", "REUSED EARLY", "FROM ELSEWHERE", "CALLS BLOCKED")
    return Table(head, [_shortage(each) for each in shortages])


def _shortage(found: Shortage) -> list[str]:
    outcome = found.outcome
    shares = (count / outcome.openings for count in (outcome.refused, outcome.reused_early, outcome.elsewhere))
    return [
        found.country or _ANYWHERE,
        f"{found.numbers:,}",
        *(share(part) for part in shares),
        share(found.calls_blocked),
    ]
