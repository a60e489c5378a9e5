"""What is particular to SQLite: its file, its schema, and what goes wrong with them."""

import re
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from adapters.deadline import limited_to
from adapters.storage.registry import UnknownStoreError, open_store
from adapters.storage.sqlite.source import SqliteSource
from adapters.storage.sqlite.sql import statement
from masking_core.calls import call_reference
from masking_core.errors import StoreNotReady, StoreUnavailable
from masking_core.exhaustion import NumberFacts, PoolExhausted, Rule
from masking_core.instants import DAY
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import SessionQuery
from support.callers import decided, record
from support.same_session import check_same_session
from support.world import World, proxies, real, virtual


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "masking.db"


@pytest.fixture
def world(path: Path) -> World:
    world = World(open_store(f"sqlite:///{path}"))
    world.pool()
    return world


def test_the_files_and_their_folder_are_the_owners_alone(world: World, path: Path) -> None:
    world.open(1, 2)
    assert path.parent.stat().st_mode & 0o077 == 0
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"masking.db", "masking.db-wal", "masking.db-shm"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_an_unmigrated_file_is_not_ready_and_says_what_to_do(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        store.check()
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        store.get_session("x")


def shape(path: Path) -> tuple[int, list[tuple[str, str]]]:
    """How many pages the sessions have, and which indexes."""
    connection = apsw.Connection(str(path))
    ((pages,),) = connection.execute("SELECT count(*) FROM dbstat WHERE name = 'sessions'")
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'sessions' AND type = 'index'")
    return pages, sorted((name, sql or "") for name, sql in found)


def test_a_file_whose_sessions_lie_whole_in_one_table_is_migrated_with_all_that_is_in_them(
    world: World, path: Path
) -> None:
    opened = world.open(1, 2, reference="trip", request_id="once")
    for other in range(4, 100, 2):
        world.open(other, other + 1, labels={"what": "a" * 100})
    with apsw.Connection(str(path)) as connection:
        connection.execute("ALTER TABLE sessions ADD COLUMN record TEXT NOT NULL DEFAULT ''")
        connection.execute(
            "UPDATE sessions SET record = (SELECT w.record FROM session_records AS w WHERE w.session = sessions.id)"
        )
        connection.execute("DROP TABLE session_records; PRAGMA user_version = 9")
    before, indexes = shape(path)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        store.get_session(opened.session.session_id)
    assert store.migrate() == ("0010_session_records",)
    assert 3 * shape(path)[0] < before
    assert shape(path)[1] == indexes
    check_same_session(World(store, world.vault, ids="later"), opened)


def test_a_file_of_a_newer_program_is_refused(world: World, path: Path) -> None:
    apsw.Connection(str(path)).execute("PRAGMA user_version = 999")
    for refused in (world.store.check, world.store.migrate):
        with pytest.raises(StoreNotReady, match="newer version"):
            refused()


def test_a_file_that_is_no_database_is_unavailable(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all, and long enough to be told from an empty one" * 20)
    with pytest.raises(StoreUnavailable, match="no database"):
        open_store(f"sqlite:///{path}").check()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{tmp_path}/file/masking.db").check()


def test_a_busy_file_is_unavailable_within_the_callers_deadline(world: World, path: Path) -> None:
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with limited_to(0.05), pytest.raises(StoreUnavailable, match="busy"):
        world.open(1, 2)
    assert world.call(1, virtual(0)).reason == "NO_SESSION"
    other.execute("ROLLBACK")
    world.open(1, 2)


def fill(world: World) -> None:
    for index in range(100):
        world.add(*(f"+4420794{index:02}{each:03}" for each in range(100)))


def test_a_full_disk_is_unavailable_loses_nothing_and_heals(world: World, path: Path) -> None:
    view = world.open(1, 2)
    with world.store._database.writing() as connection:  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="disk is full"):
        fill(world)
    assert path.exists()
    assert world.dials(1, proxies(view)[0])
    world.store._database.connection().execute("PRAGMA max_page_count = 1000000")  # type: ignore[attr-defined]
    world.open(6, 7)


def test_what_was_stored_is_there_for_the_next_process(world: World, path: Path) -> None:
    view = world.open(1, 2)
    world.store.close()
    again = World(open_store(f"sqlite:///{path}"), world.vault, ids="again")
    assert again.sessions.get(view.session.session_id) == view
    assert again.dials(1, proxies(view)[0])


def test_a_second_use_after_closing_opens_again(world: World) -> None:
    world.store.close()
    assert world.pools.list("", 10)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite://host/path", "sqlite:///a?mode=ro"])
def test_an_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        open_store(url)


def test_an_unknown_scheme_names_the_known_ones() -> None:
    with pytest.raises(UnknownStoreError, match=r"memory, .*sqlite"):
        open_store("mysql://user:secret@host/db")


def test_a_callback_is_one_statement(world: World) -> None:
    dialled = proxies(world.open(1, 2))[0]
    statements: list[str] = []

    def remember(cursor: object, text: str, bindings: object) -> bool:
        del cursor, bindings
        statements.append(text)
        return True

    world.store._database.connection().set_exec_trace(remember)  # type: ignore[attr-defined]
    assert world.dials(1, dialled)
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("name", "near"),
    [("candidates", ""), ("candidates", "AND n.country = ?6"), ("candidates", "AND n.country = ?6 AND n.area = ?7")],
)
def test_candidates_are_walked_in_the_order_of_an_index(world: World, name: str, near: str) -> None:
    text = statement(name, 2, near=near)
    parameters = max(int(each) for each in re.findall(r"\?(\d+)", text))
    plan = world.store._database.connection().execute(  # type: ignore[attr-defined]
        f"EXPLAIN QUERY PLAN {text}", (None,) * parameters
    )
    steps = [row[3] for row in plan]
    assert any("numbers_" in step and "by_load" in step for step in steps)
    assert not any("TEMP B-TREE" in step for step in steps)


def test_no_real_number_stands_in_the_files(world: World, path: Path) -> None:
    people = [real(index) for index in range(30)]
    for index in range(0, 30, 2):
        view = world.open(index, index + 1, reference="order")
        world.reports.keep(f'{{"from":"{people[index][1:]}"}}'.encode(), ReportedCall())
        if index % 4:
            world.sessions.close(view.session.session_id)
    assert len(world.sessions.list(SessionQuery())) == 15
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert virtual(0).encode() in content
    for number in people:
        assert number[1:].encode() not in content
        assert number[3:].encode() not in content


def test_the_process_that_opens_a_file_may_fork_before_it_uses_it(path: Path) -> None:
    program = f"""
import os
from adapters.storage.registry import open_store
store = open_store("sqlite:///{path}")
if os.fork() == 0:
    store.migrate()
    os._exit(0)
assert os.wait()[1] == 0
store.check()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)


def test_nobody_waits_while_an_exhausted_pool_is_counted(
    world: World, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pool(1, "short", first=10, cool_off=0)
    first, other = world.open(1, 2, pool="short"), World(open_store(f"sqlite:///{path}"), world.vault, ids="other")
    counted, opened = SqliteSource.counted, []

    def writing_meanwhile(source: SqliteSource, connection: apsw.Connection) -> list[NumberFacts]:
        with limited_to(0.05):
            opened.append(other.open(3, 4))
        return counted(source, connection)

    monkeypatch.setattr(SqliteSource, "counted", writing_meanwhile)
    with pytest.raises(PoolExhausted) as raised:
        world.open(1, 3, pool="short")
    assert raised.value.exhaustion.ruled_out == {Rule.IN_USE_BY_PARTICIPANT: 1}
    world.open(5, 6, pool="short")
    with pytest.raises(PoolExhausted):
        world.sessions.update(SessionChange(first.session.session_id, participants={1: ParticipantChange((real(5),))}))
    assert len(opened) == 2


def test_a_number_that_comes_free_while_the_pool_is_counted_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pool(1, "short", first=10, cool_off=0)
    session_id, counted = world.open(1, 2, pool="short").session.session_id, SqliteSource.counted

    def closing_before(source: SqliteSource, connection: apsw.Connection) -> list[NumberFacts]:
        world.sessions.close(session_id)
        return counted(source, connection)

    monkeypatch.setattr(SqliteSource, "counted", closing_before)
    assert proxies(world.open(1, 3, pool="short")) == (virtual(10), virtual(10))


def test_a_report_of_a_remembered_session_is_looked_at_once_in_a_while(world: World, path: Path) -> None:
    world.pool(2, "long", first=10, retention=400 * DAY)
    session_id = world.open(1, 2, pool="long").session.session_id
    for name in ("c1", "c2", "c3"):
        world.reports.keep(name.encode(), ReportedCall(reference=call_reference(session_id, name)))
    world.reports.keep(b"of no session", ReportedCall())
    world.now += 30 * DAY
    world.housekeeping.sweep()
    assert list(apsw.Connection(str(path)).execute("SELECT held_time FROM reports")) == [(world.now,)] * 3
    world.now += 30 * DAY - 1
    assert world.housekeeping.sweep() == 0
    world.now += 1
    assert world.housekeeping.sweep() == 3
    world.sessions.close(session_id)
    world.now += 400 * DAY
    world.housekeeping.sweep()
    assert world.store.reports_page(b"", 9) == []


def test_the_log_is_written_back_where_calls_are_recorded_and_not_while_somebody_waits(
    world: World, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.storage.sqlite.database._LONG_LOG", 1)
    before = written(path)
    for person in range(0, 40, 2):
        world.open(person, person + 1)
    assert written(path) == before
    record(world, decided(world, "call"))
    assert written(path) > before


def written(path: Path) -> tuple[int, int]:
    """The size of a file, and when it was written last."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
