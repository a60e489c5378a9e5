"""What a look at a pool reads."""

from pathlib import Path

import apsw

from adapters.storage.registry import open_store
from adapters.storage.sqlite.sql import statement


def test_who_holds_most_is_counted_in_an_index_of_the_pairs_that_are_held_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/masking.db")
    store.migrate()
    store.close()
    connection = apsw.Connection(str(tmp_path / "masking.db"))
    asked = statement("crowding", country="n.country", area="''")
    plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked}", ("ride-uk", 0))]
    connection.close()
    assert "SEARCH r USING COVERING INDEX routes_of_number (dialled=? AND end_time>?)" in plan
    assert not [step for step in plan if step.startswith(("SCAN numbers", "SCAN routes", "SCAN r", "SCAN sessions"))]
