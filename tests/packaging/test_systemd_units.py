"""The units of systemd: systemd itself finds no fault in them, and little that they leave open."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.server_choice import missing

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*.service"))
INSTALLED = "/usr/local/lib/masking/bin/masking"
MOST_EXPOSED = 12
"""In tenths of systemd's measure, in which 0 is shut in and 100 is wide open; reaching the network alone is 8 of it."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        missing("no systemd-analyze: apt-get install systemd")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def test_there_is_a_unit_for_each_server() -> None:
    started = [re.findall(rf"^ExecStart={INSTALLED} (\S+)$", unit.read_text(), re.MULTILINE) for unit in UNITS]
    assert sorted(started) == [["serve-edge"], ["serve-grpc"]]
    for (command,) in started:
        asked = [sys.executable, "-m", "adapters.cli", command, "--help"]
        assert subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_no_fault_in_it(unit: Path, tmp_path: Path) -> None:
    placed = tmp_path / unit.name
    placed.write_text(unit.read_text().replace(INSTALLED, "/bin/true"))
    verified = analyze("verify", "--recursive-errors=no", "--man=no", str(placed))
    assert (verified.returncode, verified.stderr) == (0, "")
    placed.write_text(unit.read_text().replace("RestartSec=2", "RestartSeconds=2"))
    assert "RestartSeconds" in analyze("verify", "--recursive-errors=no", "--man=no", str(placed)).stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_little_is_left_open(unit: Path, tmp_path: Path) -> None:
    judged = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(unit))
    assert judged.returncode == 0, judged.stdout
    open_one = tmp_path / unit.name
    open_one.write_text(re.sub(r"^(ProtectSystem|CapabilityBoundingSet)=.*$", "", unit.read_text(), flags=re.MULTILINE))
    assert analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(open_one)).returncode != 0


def test_both_are_shut_in_alike() -> None:
    hardening = {re.sub(r".*?(?=\nUMask=)", "", unit.read_text(), count=1, flags=re.DOTALL) for unit in UNITS}
    assert len(hardening) == 1
