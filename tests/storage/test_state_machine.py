"""Each backend, memory and a plain model side by side, driven by Hypothesis.

A long run, for anyone: ``make long BACKEND=postgresql STEPS=200000``.
"""

import os

import pytest

from support.ground import tally
from support.side_by_side import STEPS_OF_ONE_RUN, drive
from support.stores import URLS

STEPS = int(os.environ.get("MASKING_TEST_STEPS", "1500"))


@pytest.mark.parametrize("backend", sorted(URLS))
def test_a_backend_behaves_like_memory_and_the_model(backend: str) -> None:
    drive(backend, max(STEPS // STEPS_OF_ONE_RUN, 1))
    done = tally(backend)
    assert sum(done.operations.values()) > STEPS // 4
