"""Where and with what a measurement was made."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from support import postgres_servers, redis_servers

_PACKAGES = ("falcon", "gunicorn", "apsw", "psycopg", "redis", "hiredis", "msgspec", "cryptography", "grpcio")


def described(root: Path) -> dict[str, Any]:
    """The machine, the versions of what runs on it, the commit, and the date."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal"))
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _said("git", "-C", str(root), "describe", "--always", "--dirty"),
        "processor": names[0] if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**20, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "peers": _said(str(root / ".venv-bench/bin/python"), "-m", "pip", "list", "--format=freeze").split(),
        "postgres": postgres_servers.described(),
        "redis": redis_servers.described(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
