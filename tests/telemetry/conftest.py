import gc
from collections.abc import Iterator

import pytest

from adapters.telemetry.shared_folder import shared_folder
from adapters.telemetry.tally import Tally


@pytest.fixture
def folder() -> Iterator[str]:
    """The folder in which processes share what they count, with nothing in it of what other tests did before."""
    for each in gc.get_objects():
        if type(each) is Tally:
            each.tell()
    with shared_folder() as folder:
        yield folder
