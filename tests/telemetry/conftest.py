from collections.abc import Iterator

import pytest

from adapters.telemetry.shared_values import shared_folder


@pytest.fixture
def folder() -> Iterator[str]:
    """The folder in which processes share what they count."""
    with shared_folder() as folder:
        yield folder
