"""The container recipe, followed step by step without a container engine, and what it starts, on a read-only system."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_OURS: Final = ("tools", "masking", "src")
"""The folders that the recipe makes; here they stand in another folder than the root."""

_READ_ONLY: Final = """
mount --make-rprivate /
mount --bind "$DATA" "$DATA"
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -o remount,bind,ro /
exec setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""
"""As a container with ``--read-only``, ``--tmpfs /tmp`` and a volume: nothing else can be written."""


@dataclass(frozen=True)
class Instruction:
    """One line of a recipe, as in ``RUN python -m venv /tools``."""

    name: str
    text: str


def stages(recipe: Path) -> list[list[Instruction]]:
    """The recipe's instructions, stage by stage, without comments."""
    lines = [line for line in recipe.read_text().splitlines() if not line.startswith("#")]
    found: list[list[Instruction]] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        name, _, text = line.partition(" ")
        if name == "FROM":
            found.append([])
        if name:
            found[-1].append(Instruction(name, text))
    return found


def everybodys_python() -> str:
    """A Python that other users can start too, for one's own is often in a closed home."""
    able = "import sys; sys.exit(sys.version_info < (3, 11))"
    system = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if system is not None and subprocess.run([system, "-c", able], check=False).returncode == 0:
        return system
    return sys.executable


def build(stage: list[Instruction], root: Path) -> None:
    """Do what a stage says, below ``root``."""
    folder = root
    for step in stage:
        match step.name:
            case "WORKDIR":
                folder = root / step.text.lstrip("/")
                folder.mkdir(parents=True)
            case "COPY":
                *sources, target = step.text.split()
                for source in sources:
                    _copy(ROOT / source, folder / target)
            case "RUN":
                _run(step.text, folder, root)


def _copy(source: Path, target: Path) -> None:
    """What a folder holds goes into the target, and so does a file; without the stubs, which the build makes."""
    if source.is_dir():
        left_out = ("__pycache__", "masking") if source.name == "src" else ("__pycache__",)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out), dirs_exist_ok=True)
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _run(command: str, folder: Path, root: Path) -> None:
    here = placed(command, root)
    # The tools' environment needs pip, which the system's Python may lack; what is delivered must be everybody's.
    delivered = "--without-pip" in here
    here = re.sub(r"^python\b", everybodys_python() if delivered else sys.executable, here)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MASKING_", "PYTHON"))}
    done = subprocess.run(["sh", "-c", here], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def placed(text: str, root: Path) -> str:
    """A text of the recipe with its folders below ``root``."""
    return re.sub(rf"(?<![\w./])/({'|'.join(_OURS)}|var/lib/masking)(?![\w.])", rf"{root}/\1", text)


def read_only(command: list[str], data: Path, owner: str, environment: dict[str, str]) -> list[str]:
    """The command as that user on a system where nothing but ``data`` and ``/tmp`` can be written."""
    told = {**environment, "DATA": str(data), "OWNER": owner}
    return ["unshare", "--mount", "env", "-i", *(f"{name}={value}" for name, value in told.items()), *_shell(command)]


def _shell(command: list[str]) -> list[str]:
    return ["sh", "-eu", "-c", _READ_ONLY, "sh", *command]
