"""What must be unique is so in the database itself, whatever a writer has read before."""

import psycopg
import pytest
from psycopg import errors

from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR
from masking_core.services.call_reports import ReportedCall
from support.overtaking import overtaken
from support.world import World, proxies, virtual

SESSIONS = (
    "INSERT INTO masking.sessions SELECT id + 100, {}, pool, reference, {}, version, end_time, closed, loading,"
    " callee_0, callee_1, proxy_0, proxy_1, call_settings FROM masking.sessions"
)
DOUBLED = {
    "route": "INSERT INTO masking.routes SELECT caller, dialled, -1, 0, 0 FROM masking.routes LIMIT 1",
    "session": SESSIONS.format("session_id", "NULL"),
    "request": SESSIONS.format("session_id || 'x'", "request_id"),
    "number": "INSERT INTO masking.numbers SELECT * FROM masking.numbers LIMIT 1",
    "look-up key": "INSERT INTO masking.virtual_lookups SELECT * FROM masking.virtual_lookups LIMIT 1",
    "report": "INSERT INTO masking.reports SELECT * FROM masking.reports",
    "pool": "INSERT INTO masking.pools SELECT * FROM masking.pools",
}


@pytest.mark.parametrize("doubled", DOUBLED.values(), ids=list(DOUBLED))
def test_the_database_refuses_a_second_one(world: World, url: str, doubled: str) -> None:
    world.open(1, 2, request_id="once")
    world.reports.keep(b"{}", ReportedCall())
    with psycopg.connect(url) as connection, pytest.raises(errors.UniqueViolation):
        connection.execute(doubled.encode())


def test_a_pair_that_another_writer_takes_after_it_was_found_free_is_not_given_again(world: World, url: str) -> None:
    world.pool(1, "short", first=10, cool_off=0)
    earlier = world.open(1, 2, pool="short").session.session_id
    world.sessions.close(earlier)
    world.now += HOUR
    outcome = overtaken(
        url,
        "UPDATE masking.routes SET session = -1, end_time = 9000000000000000000",
        lambda: world.open(1, 3, pool="short"),
    )
    with pytest.raises(PoolExhausted):
        outcome.result()
    assert world.number(10).load == 0


def test_a_number_that_is_drained_after_it_was_chosen_is_not_given(world: World, url: str) -> None:
    world.pool(2, "short", first=10, cool_off=0)
    outcome = overtaken(
        url,
        "UPDATE masking.numbers SET state = 'DRAINING' WHERE number LIKE '%010'",
        lambda: world.open(1, 2, pool="short"),
    )
    assert proxies(outcome.result()) == (virtual(11), virtual(11))


def test_a_number_that_is_reserved_after_it_was_chosen_is_not_given(world: World, url: str) -> None:
    world.pool(2, "short", first=10, cool_off=0)
    outcome = overtaken(
        url,
        "UPDATE masking.numbers SET reserved_by = 'another' WHERE number LIKE '%011'",
        lambda: world.open(1, 2, pool="short"),
    )
    assert proxies(outcome.result()) == (virtual(10), virtual(10))
