from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.site import Site
from support.world import virtual


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A gRPC server and an edge, with a pool of eight numbers."""
    site = Site(tmp_path)
    site.start("serve-grpc", "serve-edge")
    site.add_pool([virtual(index) for index in range(8)])
    yield site
    site.stop()
