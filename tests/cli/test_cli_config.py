import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.settings import Settings
from cli.command_line import CommandLine, clean_environment


def test_config_shows_every_setting_its_value_and_its_source(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MASKING_EDGE_ADDRESS", "127.0.0.1:8181")
    (tmp_path / "masking.toml").write_text("grpc_threads = 4")
    shown = masking("config")
    assert shown.code == ExitCode.OK
    lines = {line.split()[0]: line.split() for line in shown.out.splitlines()}
    assert set(lines) == {"SETTING"} | {f"MASKING_{each.name.upper()}" for each in fields(Settings)}
    assert lines["MASKING_EDGE_ADDRESS"][1:] == ["127.0.0.1:8181", "environment"]
    assert lines["MASKING_GRPC_THREADS"][1:] == ["4", "masking.toml"]
    assert lines["MASKING_PUBLIC_URL"][1:] == ["http://127.0.0.1:8181", "default"]
    assert lines["MASKING_KEYS"][1:] == ["data/keys.toml", "default,", "made", "on", "first", "start"]


def test_config_hides_secrets(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKING_WEBHOOK_CREDENTIALS", "first-id:s3cret other-id:s3cret")
    monkeypatch.setenv("MASKING_UNAVAILABLE_AUDIO", "https://user:s3cret@files.example.org/a.mp3")
    shown = masking("config")
    assert "s3cret" not in shown.out
    document = masking.json("config")["settings"]
    assert document["webhook_credentials"] == {"value": ["first-id:••••", "other-id:••••"], "source": "environment"}
    assert document["unavailable_audio"]["value"] == "https://user:••••@files.example.org/a.mp3"
    assert document["edge_threads"] == {"value": 8, "source": "default"}


def test_a_wrong_setting_ends_every_command_with_its_exit_code(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_GRPC_THREADS", "none")
    for command in (
        ["config"],
        ["migrate"],
        ["pools", "list"],
        ["keys", "list"],
        ["call", "anonymous", "+442079460001"],
    ):
        ended = masking(*command, "--json")
        assert (ended.code, ended.out) == (ExitCode.SETTINGS, "")
        assert ended.error["reason"] == "SETTINGS"
        assert ended.error["message"].startswith("MASKING_GRPC_THREADS (environment)")


def test_what_is_no_setting_is_warned_of_beside_the_document(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_STROE", "memory://")
    shown = masking("config", "--json")
    assert shown.document["settings"]["store"]["source"] == "default"
    assert shown.err == "masking: there is no setting MASKING_STROE; did you mean MASKING_STORE?\n"


def test_config_imports_neither_grpc_nor_rich_nor_a_web_client(tmp_path: Path) -> None:
    script = (
        "import sys; from adapters.cli.main import run; run(['config', '--json']); "
        "sys.exit(', '.join({'grpc', 'rich', 'httpx', 'cryptography', 'phonenumbers', 'apsw'} & set(sys.modules)) or 0)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
