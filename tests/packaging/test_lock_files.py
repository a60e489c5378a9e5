import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("runtime", "build", "dev")


def entries(lock: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each locked distribution with its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", text, flags=re.IGNORECASE):
        requirement = Requirement(entry.splitlines()[0].removesuffix(" \\"))
        found[canonicalize_name(requirement.name)] = (requirement, re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry))
    return found


def wanted(lock: str) -> list[Requirement]:
    """What the project names, and each lock must hold."""
    project, build = PROJECT["project"], PROJECT["build-system"]["requires"]
    if lock == "build":
        return [Requirement(each) for each in build]
    named = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    if lock == "dev":
        named += [*PROJECT["dependency-groups"]["dev"], *build]
    return [Requirement(each) for each in named]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_to_a_version_that_will_do(lock: str) -> None:
    locked = entries(lock)
    for requirement in wanted(lock):
        (specifier,) = locked[canonicalize_name(requirement.name)][0].specifier
        assert specifier.operator == "=="
        assert Version(specifier.version) in requirement.specifier, f"{requirement.name}: run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_has_its_hashes(lock: str) -> None:
    assert [name for name, (_, hashes) in entries(lock).items() if not hashes] == []


@pytest.mark.parametrize("lock", ["runtime", "build"])
def test_what_is_delivered_and_what_builds_it_are_the_versions_that_are_tested(lock: str) -> None:
    some, dev = entries(lock), entries("dev")
    assert {name: dev[name][0].specifier for name in some} == {name: some[name][0].specifier for name in some}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_no_path(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or re.match(r"\s*-(?!-hash=sha256:)", line)] == []
