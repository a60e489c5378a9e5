import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "proto", "scripts", "requirements", "benchmarks", "deploy", ".ci")
GENERATED = ROOT / "src" / "masking"

# In pieces, so that this file is not one that has them.
REGISTRY = re.compile("|".join(("pypi" + r"\.org", "files" + r"\.pythonhosted", "index" + "-url", "find" + "-links")))
MACHINE = re.compile(r"(?<![\w.])/(?:ro" + r"ot|ho" + r"me|wo" + r"rk|op" + r"t)/")


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the repository, generated ones aside."""
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in files:
        if (
            "__pycache__" in path.parts
            or path.suffix == ".mp3"
            or path.is_relative_to(GENERATED)
            or "results" in path.parts
        ):
            continue
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_names_a_registry_or_a_place_on_somebody_s_machine() -> None:
    found = [
        (name, match.group())
        for name, text in texts()
        for match in (REGISTRY.search(text), MACHINE.search(text))
        if match
    ]
    assert found == []


def test_the_scripts_can_be_run() -> None:
    scripts = [*(ROOT / ".ci").iterdir(), *(ROOT / "scripts").glob("*.sh")]
    assert len(scripts) >= 6
    for script in scripts:
        assert stat.S_IMODE(script.stat().st_mode) & stat.S_IXUSR, script
        assert re.match(r"#!/(usr/bin/env bash|bin/sh)\n", script.read_text()), script


def test_ci_sets_up_anew_and_checks_everything_that_the_developer_checks() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in ci
    assert "\nrm -rf .venv\nif .ci/install-servers; then\n" in ci
    for ways in ("system make test", "wheels scripts/test_stores.sh", "wheels make test"):
        assert f"\n    MASKING_TEST_SERVERS={ways}\n" in ci
    check = (ROOT / "scripts" / "check.sh").read_text()
    for tool in (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "python -m pytest --numprocesses 3 --dist worksteal",
    ):
        assert f"step .venv/bin/{tool}\n" in check
    assert check.rstrip().endswith("worksteal")


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_the_migrations_are_numbered_one_by_one(backend: str) -> None:
    folder = ROOT / "src" / "adapters" / "storage" / backend / "migrations"
    numbers = sorted(int(path.name[:4]) for path in folder.glob("*.sql"))
    assert numbers == list(range(1, len(numbers) + 1))
