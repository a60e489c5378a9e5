import re
from pathlib import Path

import apsw
import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.storage.registry import open_store
from cli.command_line import CommandLine, at_a_terminal
from masking_core.ports.moving import KINDS
from support.ports import free_ports
from support.scene import played
from support.world import World

SOURCE, TARGET = "sqlite:///source.db", "sqlite:///folder/target.db"
SECRET = "not-to-be-printed"


@pytest.fixture
def world() -> World:
    """What is in the source."""
    world = World(open_store(SOURCE))
    played(world)
    return world


def test_a_copy_tells_what_it_did_and_what_it_proved(masking: CommandLine, world: World) -> None:
    copied = masking("copy", SOURCE, TARGET)
    assert copied.code == ExitCode.OK
    lines = copied.out.splitlines()
    assert lines[0].split() == ["KIND", "SOURCE", "TARGET", "WRITTEN", "REMOVED", "DIGEST"]
    assert lines[1].split()[:5] == ["pools", "3", "3", "3", "0"]
    assert re.fullmatch("[0-9a-f]{12}", lines[1].split()[5])
    assert [line.split()[0] for line in lines[1:-1]] == list(KINDS)
    assert re.match("both answer alike: [0-9]+ routes, ", lines[-1])
    there = World(open_store(TARGET), world.vault, world.now)
    assert there.store.get_keys() == world.store.get_keys()


def test_a_copy_is_in_the_audit_of_both_stores(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    masking.json("keys", "api", "create", "--name", "ops", "--scope", "calls:read")
    store = "sqlite:///data/masking.db"
    copied = masking("copy", store, TARGET)
    assert (copied.code, copied.err) == (ExitCode.OK, "")
    assert masking.json("copy", store, TARGET)["kinds"]["audit"]["written"] == 1
    for url in (store, TARGET):
        monkeypatch.setenv("MASKING_STORE", url)
        lines = masking.json("audit", "list")["lines"]
        assert [line["action"] for line in lines] == ["keys api create", "copy", "copy"]
        assert re.fullmatch("to sqlite [0-9a-f]{32}", lines[1]["target"])
        assert masking.json("audit", "verify")["last"] == 3


def test_a_copy_that_is_refused_or_only_verified_is_in_no_audit(masking: CommandLine) -> None:
    masking.json("keys", "api", "create", "--name", "ops", "--scope", "calls:read")
    store = "sqlite:///data/masking.db"
    assert masking("copy", store, store).code == ExitCode.REFUSED
    assert masking("copy", store, TARGET, "--verify").code != ExitCode.OK
    assert len(masking.json("audit", "list")["lines"]) == 1


def test_without_the_store_s_key_file_a_copy_says_that_it_is_in_no_audit(masking: CommandLine, world: World) -> None:
    before = world.audit.last()
    told = "masking: this is not in the audit, for data/keys.toml is no key file of the store\n"
    copied = masking("copy", SOURCE, TARGET)
    assert (copied.code, copied.err) == (ExitCode.OK, told)
    masking.json("keys", "generate")
    assert masking("copy", SOURCE, TARGET).err == told
    assert world.audit.last() == before


def test_a_second_copy_writes_what_has_changed(masking: CommandLine, world: World) -> None:
    masking.json("copy", SOURCE, TARGET)
    world.sessions.close(world.open(9, 10).session.session_id)
    document = masking.json("copy", SOURCE, TARGET)
    assert document["alike"] is True
    assert document["kinds"]["sessions"]["written"] >= 1
    assert document["kinds"]["pools"]["written"] == 0
    assert document["kinds"]["pools"]["source"] == document["kinds"]["pools"]["target"]
    assert document["asked"]["routes"] > 0
    assert document["differences"] == []


def test_verifying_finds_what_differs_and_changes_nothing(masking: CommandLine, world: World) -> None:
    masking.json("copy", SOURCE, TARGET)
    assert masking("copy", SOURCE, TARGET, "--verify").code == ExitCode.OK
    view = world.open(9, 10)
    for _ in range(2):
        differs = masking("copy", SOURCE, TARGET, "--verify", "--json")
        assert (differs.code, differs.error["reason"]) == (ExitCode.REFUSED, "STORES_DIFFER")
        assert differs.document["alike"] is False
        missing = {"kind": "sessions", "name": view.session.session_id, "problem": "is missing in the target"}
        assert missing in differs.document["differences"]
    told = masking("copy", SOURCE, TARGET, "--verify")
    assert f"sessions {view.session.session_id} is missing in the target" in told.out.splitlines()
    assert "run `masking copy` again" in told.err
    assert "+447700" not in told.out + told.err


@pytest.mark.usefixtures("world")
def test_a_store_that_is_in_use_is_not_copied_into(masking: CommandLine) -> None:
    other = World(open_store(TARGET.replace("folder/", "")))
    other.pool(1)
    refused = masking("copy", SOURCE, TARGET.replace("folder/", ""), "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.REFUSED, "COPY_REFUSED")
    assert "it holds 1 pools, 1 numbers" in refused.error["message"]


@pytest.mark.usefixtures("world")
def test_two_urls_of_one_store_are_found_out(masking: CommandLine, tmp_path: Path) -> None:
    same = masking("copy", SOURCE, f"sqlite:///{tmp_path}/source.db")
    assert (same.code, same.err) == (ExitCode.REFUSED, "masking: source and target are the same store\n")


def test_a_source_that_is_not_there_is_not_made(masking: CommandLine, tmp_path: Path) -> None:
    missing = masking("copy", "sqlite:///typo.db", TARGET)
    assert (missing.code, missing.err) == (ExitCode.REFUSED, "masking: there is no store at the source's URL\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("which", ["source", "target"])
def test_a_store_of_an_older_version_says_what_to_run(masking: CommandLine, world: World, which: str) -> None:
    masking.json("copy", SOURCE, TARGET)
    world.store.close()
    path = {"source": "source.db", "target": "folder/target.db"}[which]
    apsw.Connection(path).execute("PRAGMA user_version = 1")
    old = masking("copy", SOURCE, TARGET, "--json")
    assert (old.code, old.error["reason"]) == (ExitCode.SETTINGS, "STORE_NOT_READY")
    assert old.error["message"].startswith(f"{which}: ")
    assert "run `masking migrate`" in old.error["message"]


@pytest.mark.usefixtures("world")
def test_a_store_that_does_not_answer_is_named_without_its_password(masking: CommandLine) -> None:
    away = f"postgresql://user:{SECRET}@127.0.0.1:{free_ports(1)[0]}/masking"
    for urls, which in (((away, TARGET), "source"), ((SOURCE, away), "target")):
        refused = masking("copy", *urls, "--json")
        assert (refused.code, refused.error["reason"]) == (ExitCode.UNREACHABLE, "STORE_UNAVAILABLE")
        assert refused.error["message"] == f"{which}: the database cannot be reached"
        assert SECRET not in refused.out + refused.err


@pytest.mark.parametrize(
    "url", [f"mysql://user:{SECRET}@host/db", "memory://", f"sqlite://{SECRET}", f"postgresql://u:{SECRET}@h:x:y/?%"]
)
def test_a_url_that_names_no_store_is_wrong_and_not_repeated(masking: CommandLine, url: str) -> None:
    for urls in ((url, TARGET), (SOURCE, url), (SOURCE, TARGET, url)):
        wrong = masking("copy", *urls)
        assert wrong.code == ExitCode.USAGE
        assert SECRET not in wrong.out + wrong.err


@pytest.mark.usefixtures("world")
def test_a_terminal_sees_how_far_the_copy_is(tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, "stderr", "copy", SOURCE, TARGET)
    assert "sessions" in shown
    assert "12/12" in shown
