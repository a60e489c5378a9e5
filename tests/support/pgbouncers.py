"""A private PgBouncer in transaction mode, before a private Postgres.

With ``MASKING_TEST_PGBOUNCER`` set, the whole suite reaches Postgres that way.
"""

import atexit
import os
import shutil
import socket
import subprocess
import time
from functools import cache
from urllib.parse import urlsplit

from support import postgres_servers
from support.ports import free_ports
from support.postgres_servers import (
    PASSWORD,
    PATIENCE,
    ROLE,
    as_server_user,
    ending_with_us,
    temporary_folder,
)

MISSING = "no PgBouncer, which no wheel brings: apt-get install pgbouncer"


def program() -> str | None:
    """The system's PgBouncer, if it has one."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


def described() -> str:
    """The version of the system's PgBouncer."""
    found = program()
    if found is None:
        return "no PgBouncer"
    return subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


class PgBouncer:
    """One PgBouncer, by which any database of a server is reached over few connections."""

    def __init__(self, port: int) -> None:
        found = program()
        if found is None:
            raise RuntimeError(MISSING)
        folder, self.port = temporary_folder(), free_ports(1)[0]
        (folder / "users").write_text(f'"{ROLE}" "{PASSWORD}"\n')
        (folder / "ini").write_text(
            "[databases]\n"
            f"* = host=127.0.0.1 port={port}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {folder}/users\n"
            "pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n"
        )
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*ending_with_us("TERM"), found, str(folder / "ini")],
                stdout=log,
                stderr=log,
                cwd=folder,
                **as_server_user(),
            )
        atexit.register(self._stop, os.getpid())
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return

    def through(self, url: str) -> str:
        """The URL of the same database by way of this PgBouncer, without prepared statements."""
        address, _, database = url.rpartition("/")
        return f"{address.rpartition(':')[0]}:{self.port}/{database}?prepare=off"

    def _stop(self, process: int) -> None:
        if os.getpid() == process:
            self.stop()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@cache
def _of_the_suite(port: int) -> PgBouncer:
    return PgBouncer(port)


def fresh_database() -> str:
    """The URL of a new, empty database on the suite's server, reached as the suite is told to."""
    return reached(postgres_servers.fresh_database())


def reached(url: str) -> str:
    """The URL by which the suite, as it is told to, reaches a database of its server."""
    if not os.environ.get("MASKING_TEST_PGBOUNCER"):
        return url
    return _of_the_suite(urlsplit(url).port or 5432).through(url)
