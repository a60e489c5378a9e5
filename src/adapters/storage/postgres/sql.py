"""The statements of this backend, each read once from its file in ``statements/``."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

Row = tuple[Any, ...]
"""A row of a result; what its columns hold, the statement's file says."""


class Statement(NamedTuple):
    """A statement's text, and its arguments."""

    text: str
    arguments: Sequence[Any] = ()


@cache
def text(name: str, **conditions: str) -> str:
    """The text of ``statements/<name>.sql``.

    Every name in braces becomes the condition given for it, which is ours and never a caller's text.
    """
    content = files(__package__).joinpath("statements", f"{name}.sql").read_text(encoding="utf-8")
    content = "\n".join(line for line in content.splitlines() if not line.startswith("--"))
    for key, condition in conditions.items():
        content = content.replace("{" + key + "}", condition)
    return content


def statement(name: str, *arguments: Any) -> Statement:
    """The statement of ``statements/<name>.sql`` with its arguments."""
    return Statement(text(name), arguments)
