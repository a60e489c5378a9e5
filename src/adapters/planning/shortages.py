"""What happens with fewer numbers: replays of the sessions that a shortage can touch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.planning.replay import Replay
from masking_core.planning import erlang_b
from masking_core.planning.capacity import CallFigures
from masking_core.planning.distinctness import Holder, crowded, with_any_of
from masking_core.planning.outcome import Outcome
from masking_core.planning.plan import CountryPlan, sizes_to_try
from masking_core.planning.workload import ExpectedSession
from masking_core.pools import PoolPolicy

Progress = Callable[[str, int, int], None]
"""Told which replay runs, how many of its sessions are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """What becomes of a country's openings and calls with so many numbers, the other countries having theirs.

    ``calls_blocked`` is the share of the busiest hour's calls that find their number busy.
    """

    country: str
    numbers: int
    outcome: Outcome
    calls_blocked: float


def shortages(
    sessions: Sequence[ExpectedSession],
    held: Mapping[Holder, int],
    plans: Sequence[CountryPlan],
    policy: PoolPolicy,
    calls: CallFigures,
    progress: Progress = lambda *_: None,
) -> list[Shortage]:
    """Replay with what distinctness asks for, all sessions, and then with fewer numbers, country by country.

    ``held`` are the most pairs that each participant holds at once, as ``pairs_held`` counts them.
    """
    enough = {plan.country: plan.distinct for plan in plans}
    with_enough = _replayed(sessions, policy, enough, "replaying the plan", progress)
    found = []
    for plan in plans:
        for numbers in sizes_to_try(plan):
            whole = with_enough[plan.country]
            if numbers >= plan.distinct:
                outcome = whole
            else:
                touched = with_any_of(sessions, crowded(held, plan.country, numbers))
                sizes = enough | {plan.country: numbers}
                title = " ".join(("replaying with", str(numbers), plan.country)).rstrip()
                part = _replayed(touched, policy, sizes, title, progress)
                outcome = replace(part[plan.country], openings=whole.openings)
            lost = erlang_b.blocking(plan.capacity.traffic / numbers, calls.calls_at_once)
            found.append(Shortage(plan.country, numbers, outcome, lost))
    return found


def _replayed(
    sessions: Sequence[ExpectedSession],
    policy: PoolPolicy,
    sizes: Mapping[str, int],
    title: str,
    progress: Progress,
) -> dict[str, Outcome]:
    return Replay(policy, sizes).run(sessions, lambda done: progress(title, done, len(sessions)))
