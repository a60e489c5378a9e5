"""What is looked up with every callback is planned once, and not each time."""

from functools import partial
from typing import Any

import psycopg
import pytest

from adapters.storage.postgres.sql import Statement, text
from adapters.together import Together
from masking_core.calls import IncomingCall
from masking_core.phone_number import RealNumber
from support.world import World, proxies, real

ANEW = Statement("SELECT statement FROM pg_prepared_statements WHERE custom_plans >= 40")
PLANS = Statement(
    "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
    " WHERE statement LIKE '%FROM masking.numbers AS n%' AND generic_plans + custom_plans >= 40"
)
TRIED = 5
"""How often Postgres plans anew before it judges whether that is worth its while."""


OTHERS = (
    b"""INSERT INTO masking.routes SELECT sha256(n::text::bytea), '+4420' || n % 100, n, 0, 0
        FROM generate_series(1, 20000) AS n""",
    b"""INSERT INTO masking.sessions SELECT n, n, '', '', NULL, 1, 2 ^ 60 + n, false, true, '', '', '', '', NULL
        FROM generate_series(100000, 120000) AS n""",
    b"INSERT INTO masking.session_records SELECT n, '' FROM generate_series(100000, 120000) AS n",
)


def crowd(url: str) -> None:
    """Have many routes and sessions: what a plan is thought to cost depends on that."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in OTHERS:
            connection.execute(statement)
        connection.execute("ANALYZE")


@pytest.mark.parametrize("others", [False, True], ids=["few routes", "many routes"])
@pytest.mark.parametrize("at_once", [1, 2, 3, 16])
def test_the_look_up_is_planned_once_however_many_share_it(
    world: World, url: str, at_once: int, *, others: bool
) -> None:
    if others:
        crowd(url)
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


def test_opening_closing_and_recording_are_planned_once(world: World, url: str) -> None:
    crowd(url)
    for index in range(50):
        opened = world.open(2 * index, 2 * index + 1)
        world.routing.route(IncomingCall(proxies(opened)[0], RealNumber(real(2 * index)), f"call-{index}"))
        world.recording.record([world.noted.pop()])
        world.sessions.close(opened.session.session_id)
    database: Any = world.store
    assert database._database.read(ANEW) == []


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("checks", "types", "arguments"),
    [
        ("opening_checks", "text, text, text, bytea[], int8", "'', 'new', 'ride-uk', '{}', 1"),
        ("revision_checks", "text, bytea[], int8", "'100000', '{}', 1"),
    ],
    ids=["opening", "revising"],
)
def test_whether_a_session_has_expired_is_not_asked_of_all(url: str, checks: str, types: str, arguments: str) -> None:
    crowd(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(b"SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE checks ({types}) AS {text(checks)}".encode())
        told = connection.execute(f"EXPLAIN EXECUTE checks ({arguments})".encode()).fetchall()
    assert any("sessions_due" in line for (line,) in told)
    assert not any("Seq Scan on session" in line for (line,) in told)
