"""A plan as a document for scripts. Durations are in seconds, as in ``86400s``; shares are from 0 to 1."""

from fractions import Fraction
from typing import Any

from adapters.cli.plan_made import Plan
from adapters.cli.plan_texts import moment
from adapters.planning.shortages import Shortage
from masking_core.instants import SECOND, Duration
from masking_core.planning.distinctness import most_at_once
from masking_core.planning.plan import CountryPlan


def plan_document(plan: Plan) -> dict[str, Any]:
    """Everything that a plan says."""
    sessions, policy, calls = plan.source.sessions, plan.source.policy, plan.calls
    return {
        "sessions": {
            "count": len(sessions),
            "drawn_up": plan.source.sample,
            "start_time": moment(sessions[0].start),
            "end_time": moment(max(session.end for session in sessions)),
            "most_at_once": most_at_once((session.start, session.end) for session in sessions),
        },
        "policy": {
            "geography": policy.geography.name,
            "strict_geography": policy.strict_geography,
            "cool_off": _seconds(policy.cool_off),
            "on_shortage": "REUSE_EARLY" if policy.reuse_early else "REFUSE",
        },
        "calls": {
            "calls_per_session": calls.calls_per_session,
            "call_length": _seconds(calls.call_length),
            "calls_at_once": calls.calls_at_once,
            "blocking": calls.blocking,
        },
        "countries": [_country(plan, country) for country in plan.countries],
        "needed": sum(country.needed for country in plan.countries),
        "rent": sum(country.rent for country in plan.countries),
        "monthly_cost": _money(plan.cost),
        "replays": [_replay(each) for each in plan.shortages],
    }


def _country(plan: Plan, country: CountryPlan) -> dict[str, Any]:
    in_service = plan.source.in_service
    return {
        "country": country.country,
        "distinctness": country.distinct,
        "distinctness_without_cool_off": country.distinct_warm,
        "offered_erlangs": round(country.capacity.traffic, 6),
        "peak_calls": country.capacity.calls,
        "call_capacity": country.capacity.numbers,
        "call_capacity_as_one_group": country.capacity.as_one_group,
        "binds": country.binds,
        "needed": country.needed,
        "rent": country.rent,
        "in_service": None if in_service is None else in_service.get(country.country, 0),
        "monthly_cost": _money(country.cost),
    }


def _replay(found: Shortage) -> dict[str, Any]:
    outcome = found.outcome
    return {
        "country": found.country,
        "numbers": found.numbers,
        "openings": outcome.openings,
        "refused": outcome.refused / outcome.openings,
        "reused_early": outcome.reused_early / outcome.openings,
        "elsewhere": outcome.elsewhere / outcome.openings,
        "calls_blocked": found.calls_blocked,
    }


def _seconds(duration: Duration) -> str:
    return f"{duration / SECOND:g}s" if duration % SECOND else f"{duration // SECOND}s"


def _money(amount: Fraction | None) -> float | None:
    return None if amount is None else round(float(amount), 2)
