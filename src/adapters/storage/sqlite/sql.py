"""The statements of this backend, each read once from its file in ``statements/``."""

import re
from functools import cache
from importlib.resources import files

_PARAMETER = re.compile(r"\?(\d+)")


@cache
def statement(name: str, keys: int = 0, **conditions: str) -> str:
    """The text of ``statements/<name>.sql``.

    ``{callers}`` becomes ``keys`` parameters numbered after all others, and every other name in
    braces the condition given for it, which is ours and never a caller's text.
    """
    text = files(__package__).joinpath("statements", f"{name}.sql").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for key, condition in conditions.items():
        text = text.replace("{" + key + "}", condition)
    first = max((int(number) for number in _PARAMETER.findall(text)), default=0) + 1
    return text.replace("{callers}", ", ".join(f"?{first + offset}" for offset in range(keys)))
