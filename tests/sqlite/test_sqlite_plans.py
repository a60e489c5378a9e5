"""A statement is prepared once, and not again whenever its arguments are others."""

from pathlib import Path
from typing import Any

import apsw

from adapters.storage.registry import open_store
from support.world import World, proxies, real


def test_the_look_up_is_not_prepared_anew_for_other_arguments(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/masking.db")
    store.migrate()
    world = World(store)
    world.pool()
    dialled = proxies(world.open(0, 1))
    anything: Any = store
    connection = anything._database.connection()
    prepared: list[tuple[Any, ...]] = []

    def authorize(*told: Any) -> int:
        prepared.append(told)
        return apsw.SQLITE_OK

    connection.authorizer = authorize
    try:
        assert world.dials(real(0), dialled[0])
        assert prepared, "SQLite asks whoever authorizes while it prepares"
        prepared.clear()
        assert world.dials(real(1), dialled[1])
        assert not world.dials(real(2), dialled[1])
    finally:
        connection.authorizer = None
    assert not prepared
