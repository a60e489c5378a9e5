"""The audit while several processes write to it, and when they are killed, on every backend that processes share."""

from collections import Counter
from pathlib import Path

import pytest

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.services.audit import Audit
from masking_core.services.audit_check import AuditCheck
from support.auditors import extend, extend_until_killed
from support.processes import drain, race, start
from support.stores import SHARED, URLS
from support.world import World

WRITERS, LINES, ACKNOWLEDGED = 4, 25, 10


@pytest.fixture(params=SHARED)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return URLS[request.param](tmp_path)


@pytest.fixture
def keys(tmp_path: Path, url: str) -> Path:
    """The key file of the store, which is made with it."""
    path = tmp_path / "keys.toml"
    KeyFile.create(path)
    store = open_store(url)
    World(store, FileVault(path))
    store.close()
    return path


def test_processes_that_write_at_once_make_one_chain_with_every_line(url: str, keys: Path) -> None:
    race(extend, [(url, str(keys), f"writer-{number}", LINES) for number in range(WRITERS)])
    store = open_store(url)
    entries = [entry for _, entry in Audit(store, FileVault(keys)).entries(0, 1_000)]
    assert Counter(entry.action for entry in entries) == {f"writer-{number}": LINES for number in range(WRITERS)}
    for number in range(WRITERS):
        own = [int(entry.target) for entry in entries if entry.action == f"writer-{number}"]
        assert own == list(range(LINES))
    assert AuditCheck(store, FileVault(keys)).run().problem == ""
    store.close()


def test_what_was_acknowledged_is_in_the_chain_whenever_a_writer_is_killed(url: str, keys: Path) -> None:
    acknowledged = []
    for _ in range(3):
        process, connection = start(extend_until_killed, url, str(keys))
        received = [connection.recv() for _ in range(ACKNOWLEDGED)]
        process.kill()
        received += drain(connection)
        process.join()
        connection.close()
        acknowledged.append(len(received))
    store = open_store(url)
    entries = [entry for _, entry in Audit(store, FileVault(keys)).entries(0, 100_000)]
    times = Counter(entry.target for entry in entries)
    for index in range(max(acknowledged)):
        assert times[str(index)] >= sum(index < count for count in acknowledged)
    assert AuditCheck(store, FileVault(keys)).run().problem == ""
    store.close()
