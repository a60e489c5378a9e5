"""Processes that write to one audit at the same time."""

from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.audit import Entry
from masking_core.services.audit import Audit
from support.world import START


def extend(url: str, keys: str, name: str, times: int) -> int:
    """Write so many lines, one after the other, and return how many those were."""
    store = open_store(url)
    audit = Audit(store, FileVault(Path(keys)))
    for index in range(times):
        audit.extend([Entry(START, "local", name, str(index), "OK")])
    store.close()
    return times


def extend_until_killed(connection: Connection, url: str, keys: str) -> None:
    """Write lines, and send the number of each one once it is acknowledged."""
    audit = Audit(open_store(url), FileVault(Path(keys)))
    for index in count():
        audit.extend([Entry(START, "local", "killed", str(index), "OK")])
        connection.send(index)
