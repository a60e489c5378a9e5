"""What is looked up with every callback is planned once, and not each time."""

from functools import partial
from typing import Any

import psycopg
import pytest

from adapters.storage.postgres.sql import Statement
from adapters.together import Together
from masking_core.phone_number import RealNumber
from support.world import World, proxies, real

PLANS = Statement(
    "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
    " WHERE statement LIKE '%FROM masking.numbers AS n%' AND generic_plans + custom_plans >= 40"
)
TRIED = 5
"""How often Postgres plans anew before it judges whether that is worth its while."""


OTHERS = """
INSERT INTO masking.routes SELECT sha256(n::text::bytea), '+4420' || n % 100, n, 0, 0
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.parametrize("others", [False, True], ids=["few routes", "many routes"])
@pytest.mark.parametrize("at_once", [1, 2, 3, 16])
def test_the_look_up_is_planned_once_however_many_share_it(world: World, url: str, at_once: int, others: bool) -> None:  # noqa: FBT001
    if others:
        # What a plan is thought to cost depends on how many routes there are.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(OTHERS)
            connection.execute("ANALYZE masking.routes")
    dialled = proxies(world.open(0, 1))[0]
    callers = world.vault.lookups(RealNumber(real(0)))
    together, store = Together(), world.store

    def look_up() -> None:
        assert store.find_route(dialled, callers)

    for _ in range(40):
        together.run([partial(look_up)] * at_once)

    database: Any = store
    ((generic, custom),) = database._database.read(PLANS)
    assert custom <= TRIED
    assert generic >= 40 - TRIED
