"""Which servers the tests start.

``MASKING_TEST_SERVERS`` is ``system`` for those of the machine's packages, or ``wheels`` for those that the
development dependencies bring. Without it the system's are taken, and the wheels' where it has none.
"""

import os
from typing import Final, NoReturn

import pytest

SYSTEM: Final = "system"
WHEELS: Final = "wheels"
_VARIABLE: Final = "MASKING_TEST_SERVERS"


def may_be(kind: str) -> bool:
    """Whether servers of this kind may be started. Raises RuntimeError for a choice that is none."""
    chosen = os.environ.get(_VARIABLE, "")
    if chosen not in ("", SYSTEM, WHEELS):
        raise RuntimeError(f"{_VARIABLE} is {SYSTEM} or {WHEELS}, or not set")
    return chosen in ("", kind)


def missing(sentence: str) -> NoReturn:
    """Skip what needs a server that is not there; in CI that is a failure, unless it must do with the wheels."""
    if os.environ.get("CI") == "true" and may_be(SYSTEM):
        pytest.fail(sentence)
    pytest.skip(sentence)
