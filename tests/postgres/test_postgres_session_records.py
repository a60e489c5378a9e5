"""A session's whole record lies in a table of its own, and is at every moment what stands beside it."""

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from typing import Any

import psycopg
import pytest

from adapters.storage.codec import encode
from adapters.storage.postgres.sql import text
from adapters.storage.registry import open_store
from masking_core.errors import StoreNotReady
from masking_core.instants import HOUR
from masking_core.phone_number import RealNumber
from masking_core.services.requests import SessionChange
from masking_core.sessions import Session
from support.postgres_servers import PATIENCE
from support.same_session import check_same_session
from support.world import World, real

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
PAGES = "SELECT pg_relation_size('masking.sessions') / 8192"
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'masking' AND tablename = 'sessions' ORDER BY 1"
LEFT = "SELECT count(*) FROM masking.session_records WHERE session NOT IN (SELECT id FROM masking.sessions)"

AS_IT_WAS = """
ALTER TABLE masking.sessions ADD COLUMN record text NOT NULL DEFAULT '';
UPDATE masking.sessions AS s SET record = w.record FROM masking.session_records AS w WHERE w.session = s.id;
DROP TABLE masking.session_records;
DELETE FROM masking.versions WHERE version = 9;
"""


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(question.encode()).fetchall()


def test_a_database_whose_sessions_lie_whole_in_one_table_is_migrated_with_all_that_is_in_them(
    world: World, url: str
) -> None:
    opened = world.open(1, 2, reference="trip", request_id="once")
    for other in range(4, 200, 2):
        world.open(other, other + 1, labels={"what": "a" * 100})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(AS_IT_WAS.encode())
        connection.execute(b"VACUUM FULL masking.sessions")
    ((before,),), indexes = ask(url, PAGES), ask(url, INDEXES)
    store = open_store(url)
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        store.check()
    assert store.migrate() == ("0009_session_records",)
    ((after,),) = ask(url, PAGES)
    assert 2 * after < before
    assert ask(url, INDEXES) == indexes
    check_same_session(World(store, world.vault, ids="later"), opened)
    store.close()


def revised(world: World, session: Session) -> Session:
    change = SessionChange(session.session_id, labels={"waited": "yes"})
    return world.sessions.update(change).session


WAITING_CHANGES: dict[str, Callable[[World, Session], Session]] = {
    "closing": lambda world, session: world.sessions.close(session.session_id).session,
    "changing": revised,
}


@pytest.mark.parametrize("change", WAITING_CHANGES.values(), ids=list(WAITING_CHANGES))
def test_who_waits_for_another_writer_sees_the_record_that_one_left(
    world: World, url: str, change: Callable[[World, Session], Session]
) -> None:
    session = world.open(1, 2, reference="trip").session
    done: list[Session] = []
    with psycopg.connect(url) as other:
        other.execute(text("lock_session").replace("$1", "%s").encode(), (session.session_id,))
        waiting = Thread(target=lambda: done.append(change(world, session)))
        waiting.start()
        end = time.monotonic() + PATIENCE
        while ask(url, WAITING) != [(1,)]:
            assert time.monotonic() < end
            time.sleep(0.02)
        left = encode(replace(session, reference="tour", version=session.version + 1))
        other.execute(b"UPDATE masking.sessions SET reference = 'tour', version = version + 1")
        other.execute(b"UPDATE masking.session_records SET record = %s", (left,))
        other.commit()
        waiting.join()
    assert [(each.reference, each.version) for each in done] == [("tour", session.version + 2)]
    assert world.sessions.get(session.session_id).session == done[0]


def test_a_record_goes_with_its_session(world: World, url: str) -> None:
    world.pool(4, "short", first=10, cool_off=0, retention=HOUR)
    swept = world.open(1, 2, pool="short").session
    erased, moved, kept = (world.open(each, each + 1).session for each in (3, 5, 7))
    for session in (swept, erased):
        world.sessions.close(session.session_id)
    world.now += HOUR
    world.housekeeping.sweep()
    world.erasing.erase(RealNumber(real(3)))
    world.store.shelves().sessions.remove([moved.session_id])
    assert ask(url, LEFT) == [(0,)]
    assert ask(url, "SELECT count(*) FROM masking.session_records") == [(1,)]
    assert world.sessions.get(kept.session_id).session == kept
