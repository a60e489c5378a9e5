"""The README in parts: its sections, their code blocks, and its tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Some code, and what the README says it prints; empty where it says nothing."""

    language: str
    code: str
    prints: str


def sections() -> dict[str, list[Block]]:
    """The runnable blocks of each second-level heading."""
    parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    return {title: list(_blocks(body)) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def _blocks(body: str) -> Iterator[Block]:
    found = _BLOCK.findall(body)
    for position, (language, code) in enumerate(found):
        if language == "text":
            continue
        following = found[position + 1] if position + 1 < len(found) else ("", "")
        yield Block(language, code, following[1] if following[0] == "text" else "")


def table(first_column: str) -> list[list[str]]:
    """The rows of the table whose first heading this is, as plain text."""
    rows: list[list[str]] = []
    lines = iter(TEXT.splitlines())
    for line in lines:
        if line.startswith(f"| {first_column} |"):
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    return rows
                rows.append([cell.strip() for cell in row.strip("|").split(" | ")])
    return rows
