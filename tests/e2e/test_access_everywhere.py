"""Several gRPC servers over one store: a revoked key is refused by each, and all of them write one audit."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from adapters.grpc_server import server, visitors
from e2e.site import PATIENCE, Site
from grpc_api.keyed import bearing
from grpc_api.polling import eventually
from masking.v1 import number_service_pb2 as pb
from support.stores import SHARED, URLS

LONGEST_OF_A_PAUSE = 1.25
"""What a background task makes of its pause at most."""


@pytest.fixture(params=SHARED)
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Site]]:
    store = URLS[request.param](tmp_path)
    first = Site(tmp_path / "first", store)
    first.run("migrate")
    keys = first.environment["MASKING_KEYS"]
    every = [first, *(Site(tmp_path / name, store, keys=keys) for name in ("second", "third"))]
    for site in every:
        site.begin("serve-grpc")
    for site in every:
        site.wait_for("serve-grpc")
    yield every
    for site in every:
        site.stop()


def told(site: Site, *arguments: str) -> Any:
    """The document of a command."""
    command = [sys.executable, "-m", "adapters.cli", *arguments, "--json"]
    done = subprocess.run(command, check=True, env=site.environment, cwd=site.folder, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def listed(site: Site, token: str = "") -> str:
    """What a list of pools is answered."""
    try:
        metadata = bearing(token) if token else None
        site.numbers.ListPools(pb.ListPoolsRequest(), metadata=metadata, timeout=PATIENCE)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code.name
    return "OK"


def test_a_key_is_taken_and_refused_by_every_server_and_all_that_was_done_is_in_one_audit(sites: list[Site]) -> None:
    assert [listed(site) for site in sites] == ["OK"] * 3
    staying, leaving = (
        told(sites[0], "keys", "api", "create", "--name", name, "--scope", "numbers:read")
        for name in ("staying", "leaving")
    )
    for site in sites:
        eventually(lambda site=site: listed(site) == "UNAUTHENTICATED")  # type: ignore[misc] # bound at once
        eventually(lambda site=site: listed(site, leaving["secret"]) == "OK")  # type: ignore[misc] # bound at once
    told(sites[1], "keys", "api", "revoke", leaving["key_id"])
    for site in sites:
        eventually(lambda site=site: listed(site, leaving["secret"]) == "UNAUTHENTICATED")  # type: ignore[misc] # so
    assert [listed(site, staying["secret"]) for site in sites] == ["OK"] * 3
    for site in sites:
        site.kill("serve-grpc")
    lines = told(sites[2], "audit", "list", "--all")["lines"]
    assert [line["who"] for line in lines].count(f"key {staying['key_id']} staying") == 3
    assert [line["who"] for line in lines].count("local") >= 3
    assert [line["line"] for line in lines] == list(range(1, len(lines) + 1))
    assert told(sites[2], "audit", "verify")["last"] == len(lines)


def test_the_keys_are_read_again_within_a_second() -> None:
    assert server.KEYS_SECONDS * LONGEST_OF_A_PAUSE < 1 <= visitors.REFRESH
