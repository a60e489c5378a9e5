"""The README and its further pages in parts: sections, their code blocks, and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = {path: path.read_text(encoding="utf-8") for path in (README, *sorted((ROOT / "docs").glob("*.md")))}
TEXT = "\n".join(PAGES.values())

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Some code, and what is said that it prints; empty where it says nothing."""

    language: str
    code: str
    prints: str


def sections() -> dict[str, list[Block]]:
    """The runnable blocks of each section of the README, and of each further page, by their titles."""
    parts = re.split(r"^## (.+)$", PAGES[README], flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    for path, text in PAGES.items():
        if path != README:
            title, _, body = text.removeprefix("# ").partition("\n")
            found[title] = body
    return {title: list(_blocks(body)) for title, body in found.items()}


def headings(text: str) -> set[str]:
    """The anchors that a page's headings have on GitHub."""
    told = re.findall(r"^#+ (.+)$", _BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in told}


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
