"""The key file: made, read, changed, refused."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from adapters.sealing.key import Key
from adapters.sealing.key_file import KeyFile, KeyFileError, KeyFileExistsError, read_keys
from adapters.sealing.key_text import parse_keys, write_keys

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ONE_KEY = f'[[keys]]\nid = "00000001"\nsecret = "{SECRET}"\n'
TWO_KEYS = ONE_KEY + ONE_KEY.replace("00000001", "00000002")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.toml"


def written(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_holds_one_key_of_this_moment(path: Path) -> None:
    before = int(time.time())
    (key,) = KeyFile.create(path).keys()
    assert before <= int(key.key_id, 16) <= int(time.time())
    assert len(key.secret) == 32


def test_a_new_file_is_its_owner_s_alone_whatever_the_umask(path: Path) -> None:
    umask = os.umask(0)
    try:
        KeyFile.create(path)
    finally:
        os.umask(umask)
    assert mode_of(path) == 0o600


def test_a_new_file_leaves_nothing_beside_it(path: Path) -> None:
    KeyFile.create(path).add()
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_exists_is_never_made_anew(path: Path) -> None:
    KeyFile.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileExistsError):
        KeyFile.create(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_of_many_who_make_the_file_at_once_one_does(path: Path) -> None:
    outcomes: list[str] = []

    def create() -> None:
        try:
            KeyFile.create(path)
        except KeyFileExistsError:
            outcomes.append("there already")
        else:
            outcomes.append("made")

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["there already"] * 7
    assert len(read_keys(path)) == 1


def test_two_new_files_hold_different_secrets(tmp_path: Path) -> None:
    first, second = KeyFile.create(tmp_path / "a"), KeyFile.create(tmp_path / "b")
    assert first.keys()[0].secret != second.keys()[0].secret


def test_the_text_of_a_key_file_says_when_each_key_was_made() -> None:
    text = write_keys([Key("6a1f3c2b", bytes(range(32)))]).decode()
    assert f'id = "6a1f3c2b"\nsecret = "{SECRET}"\ncreated = 2026-06-02T20:25:15Z\n' in text


def test_the_text_of_a_key_file_reads_back_as_the_keys_it_was_written_from() -> None:
    keys = (Key("00000002", bytes(range(32))), Key("00000001", bytes(range(100, 132))))
    assert parse_keys(write_keys(keys)) == keys


def test_a_file_written_by_hand_needs_no_more_than_id_and_secret(path: Path) -> None:
    assert read_keys(written(path, ONE_KEY)) == (Key("00000001", bytes(range(32))),)


def test_an_added_key_comes_last_and_is_the_greatest(path: Path) -> None:
    keys = KeyFile.create(path)
    first = keys.key_ids()[0]
    added = keys.add()
    assert keys.key_ids() == (first, added)
    assert added > first


def test_a_key_added_while_the_clock_is_behind_is_still_the_greatest(path: Path) -> None:
    keys = KeyFile(written(path, ONE_KEY.replace("00000001", "fffffffe")))
    assert keys.add() == "ffffffff"


def test_no_key_can_be_added_after_the_last_one_there_can_be(path: Path) -> None:
    keys = KeyFile(written(path, ONE_KEY.replace("00000001", "ffffffff")))
    with pytest.raises(KeyFileError, match="greatest id"):
        keys.add()


def test_a_third_key_is_refused(path: Path) -> None:
    keys = KeyFile(written(path, TWO_KEYS))
    with pytest.raises(KeyFileError, match="finish the rotation"):
        keys.add()
    assert keys.key_ids() == ("00000001", "00000002")


def test_a_promoted_key_comes_first_and_no_secret_changes(path: Path) -> None:
    keys = KeyFile(written(path, TWO_KEYS))
    before = keys.keys()
    keys.promote("00000002")
    assert keys.keys() == (before[1], before[0])
    keys.promote("00000002")
    assert keys.keys() == (before[1], before[0])


def test_a_retired_key_is_gone(path: Path) -> None:
    keys = KeyFile(written(path, TWO_KEYS))
    keys.retire("00000002")
    assert keys.key_ids() == ("00000001",)


def test_the_key_that_seals_cannot_be_retired(path: Path) -> None:
    keys = KeyFile(written(path, TWO_KEYS))
    with pytest.raises(KeyFileError, match="seals"):
        keys.retire("00000001")
    assert keys.key_ids() == ("00000001", "00000002")


@pytest.mark.parametrize("verb", ["promote", "retire"])
def test_a_key_that_is_not_there_can_be_neither_promoted_nor_retired(path: Path, verb: str) -> None:
    keys = KeyFile(written(path, ONE_KEY))
    with pytest.raises(KeyFileError, match="no key 00000009"):
        getattr(keys, verb)("00000009")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_changed_file_keeps_its_permissions(path: Path, mode: int) -> None:
    KeyFile(written(path, ONE_KEY, mode)).add()
    assert mode_of(path) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_changed_by_root_stays_its_owner_s(path: Path) -> None:
    os.chown(written(path, ONE_KEY), 65534, 65534)
    KeyFile(path).add()
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_a_file_behind_a_symbolic_link_is_changed_where_it_lies(tmp_path: Path) -> None:
    target = written(tmp_path / "target.toml", ONE_KEY)
    link = tmp_path / "link.toml"
    link.symlink_to(target)
    KeyFile(link).add()
    assert link.is_symlink()
    assert len(read_keys(target)) == 2


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o620, 0o644, 0o660, 0o666])
def test_a_file_open_to_others_is_refused_with_what_to_do(path: Path, mode: int) -> None:
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_keys(written(path, ONE_KEY, mode))


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_file_that_its_group_may_read_is_accepted(path: Path, mode: int) -> None:
    assert len(read_keys(written(path, ONE_KEY, mode))) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no \\[\\[keys\\]\\]"),
        ("keys = []", "no \\[\\[keys\\]\\]"),
        ('keys = "x"', "no \\[\\[keys\\]\\]"),
        ("keys = [1]", "no id and secret in keys\\[0\\]"),
        ("[keys]\n", "no \\[\\[keys\\]\\]"),
        ('[[keys]]\nid = "00000001"\n', "no id and secret in keys\\[0\\]"),
        (ONE_KEY + '[[keys]]\nid = 2\nsecret = "x"\n', "no id and secret in keys\\[1\\]"),
        (ONE_KEY.replace("00000001", "first"), "eight digits"),
        (ONE_KEY.replace(SECRET, SECRET[:-4]), "32 bytes"),
        (ONE_KEY.replace(SECRET, SECRET[:-1]), "not base64"),
        (ONE_KEY.replace(SECRET, "é" + SECRET), "not base64"),
        (ONE_KEY.replace(SECRET, SECRET[:8] + "\\n" + SECRET[8:]), "not base64"),
        (ONE_KEY + ONE_KEY, "same id"),
        (TWO_KEYS + ONE_KEY.replace("00000001", "00000003"), "more than 2"),
        (ONE_KEY[:-2], "not TOML"),
        (SECRET, "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"# " + b"x" * 70_000, "too large"),
    ],
)
def test_a_malformed_file_is_refused_in_a_sentence_without_a_secret(
    path: Path, text: str | bytes, problem: str
) -> None:
    with pytest.raises(KeyFileError, match=problem) as caught:
        read_keys(written(path, text))
    assert SECRET[:8] not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"no key file .*keys\.toml"):
        read_keys(path)


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="not a file"):
        read_keys(tmp_path)


def test_a_pipe_is_no_key_file_and_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path, 0o600)
    with pytest.raises(KeyFileError, match="not a file"):
        read_keys(path)


def test_a_path_through_a_file_cannot_be_read(path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be read"):
        read_keys(written(path, ONE_KEY) / "keys.toml")


def test_a_file_in_a_folder_that_is_not_there_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be written"):
        KeyFile.create(tmp_path / "missing" / "keys.toml")


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_change_that_the_disk_refuses_changes_nothing(path: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeyFile(written(path, ONE_KEY))

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = {"write": "adapters.sealing.key_file.write_keys", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}
    with monkeypatch.context() as patch:
        patch.setattr(target[call], refuse)
        with pytest.raises(KeyFileError, match="No space left"):
            keys.add()
    assert keys.key_ids() == ("00000001",)
    assert list(path.parent.iterdir()) == [path]


PROMOTE_FOR_EVER = """
import sys
from itertools import cycle
from pathlib import Path
from adapters.sealing.key_file import KeyFile
keys = KeyFile(Path(sys.argv[1]))
for key_id in cycle(("00000002", "00000001")):
    keys.promote(key_id)
"""


def test_a_killed_change_leaves_the_file_from_before_or_after_it(path: Path) -> None:
    keys = set(read_keys(written(path, TWO_KEYS)))
    for _ in range(3):
        before = path.stat().st_ino
        process = subprocess.Popen([sys.executable, "-c", PROMOTE_FOR_EVER, str(path)])
        deadline = time.monotonic() + 30
        while path.stat().st_ino == before and time.monotonic() < deadline:
            assert set(read_keys(path)) == keys
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert set(read_keys(path)) == keys
    KeyFile(path).promote("00000002")
    KeyFile(path).retire("00000001")
    assert list(path.parent.iterdir()) == [path]


def test_two_who_change_the_file_at_once_lose_nothing(path: Path) -> None:
    keys = KeyFile(written(path, TWO_KEYS))

    def promote(key_id: str) -> None:
        for _ in range(20):
            keys.promote(key_id)

    threads = [threading.Thread(target=promote, args=(key_id,)) for key_id in keys.key_ids()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(keys.key_ids()) == ["00000001", "00000002"]
    assert list(path.parent.iterdir()) == [path]
