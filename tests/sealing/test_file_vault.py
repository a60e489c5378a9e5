"""The vault over a key file that changes while it is used."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from adapters.sealing.key_file import KeyFile, KeyFileError
from adapters.sealing.vault import FileVault, RingVault
from masking_core.phone_number import RealNumber

NUMBER = RealNumber("+447700900123")
PLACE = "session/0190/0"
NEVER_BY_ITSELF = 3600.0
AT_EVERY_USE = 0.0


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile.create(tmp_path / "keys.toml")


@pytest.fixture
def path(key_file: KeyFile, tmp_path: Path) -> Path:
    assert key_file.keys()
    return tmp_path / "keys.toml"


def test_a_vault_without_its_file_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        FileVault(tmp_path / "missing.toml")


def test_a_vault_does_with_a_file_what_one_does_with_its_keys(key_file: KeyFile, path: Path) -> None:
    key_file.add()
    vault, same = FileVault(path), RingVault.of(*key_file.keys())
    assert vault.checks() == same.checks()
    assert vault.lookups(NUMBER) == same.lookups(NUMBER)
    assert vault.unseal(same.seal(NUMBER, PLACE), PLACE) == NUMBER


def test_a_refreshed_vault_has_the_ring_that_the_file_has(key_file: KeyFile, path: Path) -> None:
    vault = FileVault(path, NEVER_BY_ITSELF)
    added = key_file.add()
    assert added not in vault.key_ids()
    vault.refresh()
    assert vault.key_ids() == key_file.key_ids()
    key_file.promote(added)
    assert vault.key_ids()[0] != added
    vault.refresh()
    assert vault.key_ids() == key_file.key_ids()


def test_a_change_is_taken_up_by_every_use_when_it_is_due(key_file: KeyFile, path: Path) -> None:
    vault = FileVault(path, AT_EVERY_USE)
    added = key_file.add()
    assert len(vault.lookups(NUMBER)) == 2
    key_file.promote(added)
    assert vault.sealed_by(vault.seal(NUMBER, PLACE)) == added


def test_a_file_that_did_not_change_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = FileVault(path, AT_EVERY_USE)
    monkeypatch.delattr("adapters.sealing.vault.read_keys")
    assert vault.unseal(vault.seal(NUMBER, PLACE), PLACE) == NUMBER


@pytest.mark.parametrize("damage", ["half of it is there", "it is gone", "it is open to others"])
def test_a_file_that_cannot_be_used_leaves_the_ring_and_is_warned_of_once(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    vault = FileVault(path, AT_EVERY_USE)
    before, text = vault.key_ids(), path.read_text()
    if damage == "half of it is there":
        path.write_text(text[:-60])
    elif damage == "it is gone":
        path.unlink()
    else:
        path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert vault.unseal(vault.seal(NUMBER, PLACE), PLACE) == NUMBER
        vault.refresh()
        assert vault.key_ids() == before
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "stay in force" in caplog.text
    assert text.split('secret = "')[1][:10] not in caplog.text


def test_a_file_that_can_be_used_again_is_taken_up(path: Path, tmp_path: Path) -> None:
    vault = FileVault(path, AT_EVERY_USE)
    path.write_text("")
    assert len(vault.key_ids()) == 1
    other = KeyFile.create(tmp_path / "other.toml").keys()
    (tmp_path / "other.toml").replace(path)
    assert vault.checks() == RingVault.of(*other).checks()


def test_a_file_whose_permissions_are_mended_is_taken_up(key_file: KeyFile, path: Path) -> None:
    vault = FileVault(path, AT_EVERY_USE)
    path.chmod(0o644)
    assert len(vault.key_ids()) == 1
    path.chmod(0o600)
    added = key_file.add()
    assert added in vault.key_ids()


def test_threads_seal_and_open_while_the_ring_turns(key_file: KeyFile, path: Path) -> None:
    vault = FileVault(path, AT_EVERY_USE)
    done = threading.Event()
    opened: list[int] = []
    failures: list[Exception] = []

    def use() -> None:
        count = 0
        try:
            while not done.is_set() or not count:
                sealed = vault.seal(NUMBER, PLACE)
                assert vault.unseal(sealed, PLACE) == NUMBER
                assert vault.lookups(NUMBER)
                count += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            failures.append(error)
        opened.append(count)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    old = key_file.key_ids()[0]
    new = key_file.add()
    for _ in range(10):
        for key_id in (new, old):
            key_file.promote(key_id)
            vault.refresh()
            assert vault.key_ids()[0] == key_id
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(opened)


FORK_WHILE_THE_RING_IS_LOADED = """
import os, sys, threading
from pathlib import Path
from adapters.sealing.vault import FileVault
path = Path(sys.argv[1])
vault = FileVault(path, 0.0)
done = threading.Event()
def load():
    while not done.is_set():
        os.utime(path)
        vault.refresh()
thread = threading.Thread(target=load)
thread.start()
for _ in range(50):
    child = os.fork()
    if not child:
        os.utime(path)
        vault.refresh()
        os._exit(len(vault.key_ids()))
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 1:
        break
else:
    print("every child loaded its ring")
done.set()
thread.join()
"""


def test_a_process_forked_while_the_ring_is_loaded_can_load_it_too(path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORK_WHILE_THE_RING_IS_LOADED, str(path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.stdout == "every child loaded its ring\n", finished.stderr
