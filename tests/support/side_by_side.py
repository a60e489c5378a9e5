"""The whole state machine, and a run of it."""

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from support.ground import discard
from support.number_rules import NumberRules
from support.session_rules import SessionRules

STEPS_OF_ONE_RUN = 50


class SideBySide(SessionRules, NumberRules):
    """One backend, memory and a plain model, step by step."""


def drive(backend: str, runs: int, number: int | None = None) -> None:
    """So many runs of ``STEPS_OF_ONE_RUN`` steps or fewer; those of one ``number`` are the same each time.

    Raises for the first deviation, and tells the fewest steps that lead to it.
    """
    machine: type[SideBySide] = type(f"SideBySide_{backend}", (SideBySide,), {"backend": backend})
    if number is not None:
        machine = seed(number)(machine)
    limits = settings(
        max_examples=runs,
        stateful_step_count=STEPS_OF_ONE_RUN,
        deadline=None,
        phases=set(Phase) - {Phase.explain},
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(machine, settings=limits)
    finally:
        discard(backend)
