"""Lists from a replica, when the URL names one."""

from urllib.parse import quote

import pytest

from adapters.storage.registry import open_store
from masking_core.ports.numbers import NumberQuery
from masking_core.sessions import SessionQuery
from support.postgres_servers import PostgresServer
from support.world import POOL, World, proxies


def test_a_replica_serves_filtered_lists_and_nothing_else(server: PostgresServer) -> None:
    url = server.fresh_database()
    world = World(open_store(url))
    world.pool(2)
    replica = server.replica()
    with replica.admin() as paused:
        paused.execute("SELECT pg_wal_replay_pause()")
    behind = url.replace(f":{server.port}/", f":{replica.port}/")
    reader = World(open_store(f"{url}?replica={quote(behind, safe='')}"), world.vault, ids="reader")
    session_id = world.open(1, 2).session.session_id

    def listed(query: SessionQuery) -> list[str]:
        return [view.session.session_id for view in reader.sessions.list(query)]

    assert listed(SessionQuery(pool=POOL)) == []
    assert listed(SessionQuery()) == [session_id]
    assert reader.sessions.get(session_id).session.session_id == session_id
    assert reader.dials(1, proxies(world.sessions.get(session_id))[0])
    assert [number.load for number in reader.pools.list_numbers(NumberQuery(pool=POOL))] == [0, 0]
    assert [number.load for number in reader.pools.list_numbers(NumberQuery())] == [1, 1]
    replica.stop()
    assert listed(SessionQuery(pool=POOL)) == [session_id]
    for each in (world, reader):
        each.store.close()


def test_a_replica_that_is_no_postgres_is_refused() -> None:
    with pytest.raises(ValueError, match="replica= takes"):
        open_store("postgresql://host/db?replica=sqlite%3A%2F%2F%2Fx")
