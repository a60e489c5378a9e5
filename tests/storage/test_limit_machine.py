"""Limits and blocks beside a plain model, driven by Hypothesis, on every backend."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.limit_machine import REASONS, machine
from support.world import World

RUNS, STEPS_OF_ONE_RUN = 60, 50


def test_a_backend_limits_and_blocks_like_the_model(world: World) -> None:
    driven, done = machine(world.store, world.vault.key_ids())
    limits = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS_OF_ONE_RUN,
        deadline=None,
        phases=set(Phase) - {Phase.explain},
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(driven, settings=limits)
    assert done["None"] > RUNS // 4
    assert sum(done[reason] for reason in (*REASONS.values(), "BUDGET_SPENT")) > RUNS // 4
    assert min(done[what] for what in ("again", "ask", "end", "cost", "forget", "block", "unblock", "look")) > 0
