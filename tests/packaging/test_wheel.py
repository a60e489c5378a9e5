import email
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from masking_core.audio import Announcement

ROOT = Path(__file__).parents[2]
PACKAGES = ("masking_core", "adapters", "webhook_edge", "masking")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what a source distribution holds; without the stubs, which the build makes."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "masking")
    for folder in ("src", "proto"):
        shutil.copytree(ROOT / folder, source / folder, ignore=ignored if folder == "src" else None)
    for name in ("pyproject.toml", "build_stubs.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and what the runtime lock names; nothing of the development tools."""
    venv = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(venv), "platbase": str(venv)}))
    here = Path(sysconfig.get_path("purelib"))
    for name in _runtime_distributions():
        for part in {
            file.parts[0] for file in distribution(name).files or () if file.parts[0] not in ("..", "__pycache__")
        }:
            if not (packages / part).exists():
                (packages / part).symlink_to(here / part)
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return venv


def _runtime_distributions() -> Iterator[str]:
    """What the lock wants on this machine."""
    for line in (ROOT / "requirements" / "runtime.txt").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def run(venv: Path, folder: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MASKING_", "PYTHON"))}
    finished = subprocess.run(
        [str(venv / "bin" / command[0]), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_the_wheel_holds_everything_that_stands_beside_the_code(contents: set[str]) -> None:
    beside = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert {path for path in beside if path.endswith(".mp3")} == {
        f"webhook_edge/audio/{announcement}.mp3" for announcement in Announcement
    }
    assert any(path.endswith(".sql") for path in beside)
    assert beside <= contents


def test_every_package_is_typed_and_the_stubs_are_there(contents: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= contents
    assert {
        f"masking/v1/{service}_service_pb2{suffix}"
        for service in ("session", "number")
        for suffix in (".py", ".pyi", "_grpc.py", "_grpc.pyi")
    } <= contents


def test_nothing_else_is_in_the_wheel(contents: set[str]) -> None:
    assert {path.partition("/")[0] for path in contents} == {*PACKAGES, "masking-0.1.0.dist-info"}
    assert "masking-0.1.0.dist-info/licenses/LICENSE" in contents


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read("masking-0.1.0.dist-info/METADATA"))
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {"redis", "postgres", "infobip", "plot", "otel"}
    assert any(str(each).startswith("grpcio>=") for each in metadata.get_all("Requires-Dist", []))


def test_what_is_installed_works_without_the_development_tools(installed: Path, tmp_path: Path) -> None:
    assert "Commands:" in run(installed, tmp_path, "masking", "--help")
    assert json.loads(run(installed, tmp_path, "masking", "keys", "generate", "--json"))["path"] == "data/keys.toml"
    assert json.loads(run(installed, tmp_path, "masking", "migrate", "--json"))["applied"]
    assert "--with-grpc" in run(installed, tmp_path, "python", "-m", "webhook_edge", "--help")
    assert run(installed, tmp_path, "masking", "serve-grpc", "--help")
    assert "site-packages/adapters" in run(
        installed, tmp_path, "python", "-c", "import adapters; print(adapters.__file__)"
    )
