import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.infobip_simulator.server import Simulator, serving

KEY = "a-made-up-key"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and an empty folder to work in."""
    for name in os.environ:
        if name.startswith("MASKING_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Infobip's stand-in, with an empty account."""
    with serving(Simulator(("127.0.0.1", 0), KEY)) as running:
        yield running
