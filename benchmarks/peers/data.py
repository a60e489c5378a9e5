"""What the peers look up: the same people, numbers and sessions as ours, stored as a team would store them."""

import time
from collections.abc import Sequence

import psycopg
from redis import Redis

_SCHEMA = """
CREATE TABLE numbers (number text PRIMARY KEY, pool text NOT NULL);
CREATE TABLE sessions (
    id bigint PRIMARY KEY, pool text NOT NULL, end_time timestamptz NOT NULL, closed boolean NOT NULL
);
CREATE TABLE routes (
    caller text, dialled text REFERENCES numbers, session bigint NOT NULL REFERENCES sessions,
    callee text NOT NULL, caller_id text NOT NULL, PRIMARY KEY (caller, dialled)
);
"""
_DAY = 86_400

Book = Sequence[tuple[str, str, str, str]]


def fill_postgres(url: str, book: Book) -> None:
    """Store a book (see latency.scene) in an empty database."""
    routes = [tuple(number.removeprefix("+") for number in entry) for entry in book]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(_SCHEMA)
        cursor.executemany("INSERT INTO numbers VALUES (%s, 'ride-uk')", [(each,) for each in {r[1] for r in routes}])
        sessions = [(index // 2,) for index in range(0, len(routes), 2)]
        cursor.executemany("INSERT INTO sessions VALUES (%s, 'ride-uk', now() + interval '1 day', false)", sessions)
        rows = [(caller, dialled, i // 2, callee, by) for i, (caller, dialled, callee, by) in enumerate(routes)]
        cursor.executemany("INSERT INTO routes VALUES (%s, %s, %s, %s, %s)", rows)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def fill_redis(url: str, book: Book) -> None:
    """Store a book in an empty Redis."""
    with Redis.from_url(url, protocol=2) as client, client.pipeline(transaction=False) as pipeline:
        for caller, dialled, callee, caller_id in book:
            route = {"callee": callee[1:], "caller_id": caller_id[1:], "end": time.time() + _DAY}
            pipeline.hset(f"route:{caller[1:]}:{dialled[1:]}", mapping=route)
        pipeline.execute()
