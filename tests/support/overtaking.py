"""Another writer of a Postgres database who is first."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import psycopg

from support.postgres_servers import PATIENCE

T = TypeVar("T")

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def overtaken(url: str, overtaking: str, then: Callable[[], T]) -> "Future[T]":
    """What ``then`` comes to when another writer has locked what it chooses, and commits before it."""
    with (
        ThreadPoolExecutor(1) as threads,
        psycopg.connect(url) as other,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        other.execute(overtaking.encode())
        outcome = threads.submit(then)
        end = time.monotonic() + PATIENCE
        while watching.execute(_WAITING).fetchone() != (1,):
            assert time.monotonic() < end
            time.sleep(0.02)
        other.commit()
    return outcome
