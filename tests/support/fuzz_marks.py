"""What must not change while a site is fuzzed: its processes, what it has stored, and nearly what memory it takes."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import apsw

from e2e.site import Site


@dataclass(frozen=True)
class Marks:
    """Process ids, bytes of memory, and by table a digest of its rows."""

    processes: tuple[int, ...]
    memory: int
    stored: dict[str, str]


def marks_of(site: Site) -> Marks:
    """As they are now."""
    processes = tuple(
        sorted(each for started in site.running.values() for each in (started.pid, *_children(started.pid)))
    )
    return Marks(processes, sum(map(_memory, processes)), _stored(site.folder / "data" / "masking.db"))


def _children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _memory(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1_024


def _stored(database: Path) -> dict[str, str]:
    """All but the audit, which is there to keep what was tried, and of pools what is noted day by day."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(60_000)
    try:
        named = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
        tables = [name for (name,) in named if not name.startswith(("audit", "pool_days"))]
        rows = {name: list(connection.execute(f'SELECT * FROM "{name}"')) for name in tables}  # noqa: S608 its own names
    finally:
        connection.close()
    return {name: _digest([row for row in found if not _is_audit(row)]) for name, found in rows.items()}


def _is_audit(row: tuple[object, ...]) -> bool:
    """Whether it is the head of the audit, which stands among the sealed records."""
    return str(row[0]).startswith("audit")


def _digest(rows: list[tuple[object, ...]]) -> str:
    return sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
