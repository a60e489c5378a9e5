"""`masking migrate` on Postgres: one at a time, with no more rights than it needs."""

import secrets
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from adapters.storage.postgres.schema import _migrations
from adapters.storage.postgres.sql import text
from adapters.storage.registry import open_store
from cli.command_line import clean_environment
from masking_core.errors import StoreNotReady
from masking_core.instants import HOUR
from support.postgres_servers import PASSWORD, PATIENCE, ROLE, PostgresServer
from support.world import World, proxies

WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database"
    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)


def migrating(url: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "adapters.cli", "migrate"],
        cwd=folder,
        env=clean_environment(store=url, keys="unused.toml"),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_two_that_migrate_at_once_one_waits_and_neither_breaks(empty_url: str, tmp_path: Path) -> None:
    url = empty_url
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as watching:
        other.execute(text("lock_schema").encode())
        both = [migrating(url, tmp_path) for _ in range(2)]
        end = time.monotonic() + PATIENCE
        while watching.execute(WAITING).fetchall() != [(2,)]:
            assert time.monotonic() < end
            time.sleep(0.02)
        other.rollback()
        told = "".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    applied = [line for line in told.splitlines() if line.startswith("applied")]
    assert sorted(applied) == [f"applied {name}" for name, _ in _migrations()]


def test_the_role_needs_a_schema_of_its_own_and_no_other_right(server: PostgresServer) -> None:
    url = server.fresh_database()
    database = url.rpartition("/")[2]
    with server.admin(database) as owner:
        owner.execute(f"ALTER DATABASE {database} OWNER TO CURRENT_USER".encode())
        owner.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC".encode())
        owner.execute(f"GRANT CONNECT ON DATABASE {database} TO {ROLE}".encode())
    store = open_store(url)
    with pytest.raises(StoreNotReady, match="lacks a right; it must own the schema `masking`"):
        store.migrate()
    with server.admin(database) as owner:
        owner.execute(f"CREATE SCHEMA masking AUTHORIZATION {ROLE}".encode())
    world = World(store)
    world.pool(cool_off=0, retention=HOUR)
    world.sessions.close(world.open(1, 2).session.session_id)
    world.now += HOUR
    assert world.housekeeping.sweep() > 0
    store.close()


def test_a_role_that_serves_need_not_be_the_one_that_migrates(server: PostgresServer) -> None:
    url, name = server.fresh_database(), f"serving_{secrets.token_hex(4)}"
    owning = World(open_store(url))
    owning.pool()
    with server.admin(url.rpartition("/")[2]) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'".encode())
        owner.execute(f"GRANT USAGE ON SCHEMA masking TO {name}".encode())
        owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA masking TO {name}".encode())
        owner.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA masking TO {name}".encode())
    world = World(open_store(url.replace(f"//{ROLE}:", f"//{name}:")), owning.vault, ids="serving")
    assert world.dials(1, proxies(world.open(1, 2))[0])
    assert world.store.migrate() == ()
    for each in (world, owning):
        each.store.close()
