"""Where the sessions of a plan come from: a file, a few figures, or the store's own history."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

import click

from adapters import system
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.output import note
from adapters.cli.plan_pool import StoredPool, stored_pool
from adapters.cli.progress import Advance
from adapters.cli.session_file import read_sessions
from masking_core.instants import DAY, Duration
from masking_core.planning.capacity import CallFigures, busy_hours
from masking_core.planning.figures import Figures, expected_sessions, offered_traffic
from masking_core.planning.workload import ANYWHERE, ExpectedSession, anywhere
from masking_core.pools import Geography, PoolPolicy

_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Source:
    """What a plan is made of.

    ``sessions`` come by their start; ``sample`` says that figures made them up. ``traffic`` is each
    country's in its busiest hour, in erlangs. ``in_service`` is what the pool has by country, None
    where no pool is named.
    """

    sessions: Sequence[ExpectedSession]
    sample: bool
    traffic: Mapping[str, float]
    policy: PoolPolicy
    in_service: Mapping[str, int] | None


def microseconds(span: timedelta) -> Duration:
    """The span as the core counts it."""
    return span // timedelta(microseconds=1)


def read_source(given: Mapping[str, Any], calls: CallFigures, advance: Advance) -> Source:
    """The sessions that the options name, under the policy that they and the pool give."""
    _check(given)
    with stored_pool(given["pool"]) if given["pool"] else nullcontext() as pool:
        geography = _geography(given, pool)
        if given["sessions_per_day"] is not None:
            geography = geography if geography is not None else _known_if(bool(given["country"]))
            figures = _figures(given, geography)
            policy = _policy(given, pool, geography)
            sessions = expected_sessions(figures, system.now() // DAY * DAY, policy.cool_off)
            traffic = offered_traffic(figures, calls)
        else:
            sessions = _sessions(given, pool, geography, advance)
            geography = geography if geography is not None else _known_if(_countries_known(sessions))
            policy = _policy(given, pool, geography)
            sessions = sessions if geography else list(anywhere(sessions))
            traffic = {country: hour.carried for country, hour in busy_hours(sessions, calls).items()}
        in_service = pool.in_service(geography) if pool else None
    return Source(sessions, given["sessions_per_day"] is not None, traffic, policy, in_service)


def _check(given: Mapping[str, Any]) -> None:
    if given["file"] is not None and given["sessions_per_day"] is not None:
        raise click.UsageError("give either --csv or --sessions-per-day")
    if not any(given[each] for each in ("file", "sessions_per_day", "pool")):
        raise click.UsageError("name the sessions: --csv FILE, --sessions-per-day with its figures, or --pool")
    if given["sessions_per_day"] is None:
        for option in ("session_length", "at_once", "a_day", "country"):
            if given[option]:
                raise click.UsageError(f"--{option.replace('_', '-')} goes with --sessions-per-day")


def _sessions(
    given: Mapping[str, Any], pool: StoredPool | None, geography: Geography | None, advance: Advance
) -> list[ExpectedSession]:
    if given["file"] is not None or pool is None:
        return read_sessions(
            given["file"],
            with_countries=bool(geography),
            progress=lambda lines: advance("reading", lines, None),
        )
    history = pool.history(geography or Geography.NONE, lambda done: advance("reading", done, None))
    if not history.sessions:
        raise CommandError(ExitCode.REFUSED, "NO_SESSIONS", "the store remembers no session of this pool")
    if history.reserved:
        note(f"{history.reserved:,} of the sessions reserved their numbers; what they take on top is not planned.")
    return history.sessions


def _figures(given: Mapping[str, Any], geography: Geography) -> Figures:
    for option in ("session_length", "at_once"):
        if given[option] is None:
            raise click.UsageError(f"--sessions-per-day needs --{option.replace('_', '-')} too")
    if geography and not given["country"]:
        raise click.UsageError("numbers of a country's own need --country, to say which")
    if given["a_day"] is not None and given["a_day"] < given["at_once"]:
        raise click.UsageError("--a-day is no less than --at-once")
    if not given["session_length"]:
        raise click.UsageError("--session-length is longer than nothing")
    return Figures(
        sessions_per_day=given["sessions_per_day"],
        session_length=microseconds(given["session_length"]),
        peak_factor=given["peak_factor"],
        at_once=given["at_once"],
        a_day=given["a_day"],
        shares=_shares(given["country"]) if geography else {ANYWHERE: Fraction(1)},
    )


def _shares(countries: Sequence[tuple[str, Fraction | None]]) -> dict[str, Fraction]:
    """Each country's part of the sessions; those without one share what the others leave."""
    if len({country for country, _ in countries}) < len(countries):
        raise click.UsageError("each --country stands once")
    left = 1 - sum((share for _, share in countries if share is not None), Fraction())
    unnamed = sum(share is None for _, share in countries)
    shares = {country: left / unnamed if share is None else share for country, share in countries}
    if sum(shares.values()) != 1 or any(share <= 0 for share in shares.values()):
        raise click.UsageError("the parts of --country add up to 100%, and each is more than nothing")
    return shares


def _geography(given: Mapping[str, Any], pool: StoredPool | None) -> Geography | None:
    """What is asked for; None leaves it to whether the countries are known."""
    if given["geography"] is not None:
        return Geography[given["geography"].upper()]
    if pool is None:
        return None
    if pool.policy.geography is Geography.AREA:
        note("The pool looks for numbers of an area; they are planned by country.")
    return min(pool.policy.geography, Geography.COUNTRY)


def _known_if(known: bool) -> Geography:  # noqa: FBT001 the one thing it asks
    return Geography.COUNTRY if known else Geography.NONE


def _countries_known(sessions: Sequence[ExpectedSession]) -> bool:
    unknown = sum(not all(session.countries) for session in sessions)
    if 0 < unknown < len(sessions):
        note(
            f"A country is not known in {unknown:,} of {len(sessions):,} sessions, so numbers may lie anywhere; "
            "--geography country names the lines."
        )
    return not unknown


def _policy(given: Mapping[str, Any], pool: StoredPool | None, geography: Geography) -> PoolPolicy:
    base = pool.policy if pool else PoolPolicy()
    cool_off = base.cool_off if given["cool_off"] is None else microseconds(given["cool_off"])
    if given["sessions_per_day"] is not None and cool_off > _MOST_DAYS * DAY:
        raise click.UsageError("figures are planned for a cool-off of a year at most")
    return PoolPolicy(
        geography=geography,
        strict_geography=base.strict_geography if given["strict"] is None else given["strict"],
        cool_off=cool_off,
        reuse_early=base.reuse_early if given["on_shortage"] is None else given["on_shortage"] == "reuse-early",
        retention=max(base.retention, cool_off),
    )
