"""What lists of calls read in SQLite."""

from pathlib import Path

import apsw
import pytest

from adapters.storage.registry import open_store
from adapters.storage.sqlite.calls import listing
from masking_core.call_records import CallQuery
from masking_core.sealed import LookupKey

PERSON = (LookupKey(bytes(16)), LookupKey(bytes(15) + b"1"))
QUERIES = {
    "all": (CallQuery(), "calls_by_time"),
    "page": (CallQuery(after=(20_000, "c20000")), "calls_by_time"),
    "pool": (CallQuery(pool="pool-1", begin=1_000, end=30_000), "calls_of_pool (pool=? AND time>? AND time<?)"),
    "session": (CallQuery(session_id="s100"), "calls_of_session (session_id=? AND time>?)"),
    "number": (CallQuery(dialled="+447"), "calls_of_number (dialled=? AND time>?)"),
    "person": (CallQuery(lookups=PERSON), "SEARCH p USING PRIMARY KEY (person=? AND time>?)"),
    "person of pool": (
        CallQuery(pool="pool-1", lookups=PERSON, end=30_000, after=(20_000, "c20000")),
        "SEARCH p USING PRIMARY KEY (person=? AND time>? AND time<?)",
    ),
}


@pytest.fixture
def connection(tmp_path: Path) -> apsw.Connection:
    store = open_store(f"sqlite:///{tmp_path}/masking.db")
    store.migrate()
    store.close()
    return apsw.Connection(str(tmp_path / "masking.db"))


@pytest.mark.parametrize("name", QUERIES)
def test_every_list_of_calls_is_walked_in_its_index(connection: apsw.Connection, name: str) -> None:
    query, index = QUERIES[name]
    text, arguments = listing(query)
    plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", arguments)]
    connection.close()
    assert any(index in step for step in plan), plan
    assert not [step for step in plan if step.startswith(("SCAN c", "SCAN p"))]
