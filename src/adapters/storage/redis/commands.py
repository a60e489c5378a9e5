"""What is sent to Redis: plain commands, and scripts by their digest."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Argument = bytes | str | int

_READS = frozenset(
    {"GET", "MGET", "HGET", "HMGET", "HGETALL", "HEXISTS", "HKEYS", "HLEN", "SMEMBERS", "ZCARD", "ZRANGE"}
    | {"ZRANGEBYLEX", "ZRANGEBYSCORE", "ZREVRANGEBYLEX", "EVALSHA_RO", "EVAL_RO", "XRANGE", "XREVRANGE"}
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``key`` tells the slot that it goes to.

    ``once`` marks a command that must not be sent again when it is unknown whether it took effect;
    ``script`` is the text to send where the server does not know the digest (any more), ``name`` the
    file that it stands in.
    """

    key: bytes
    words: tuple[Argument, ...]
    once: bool = False
    script: str = ""
    name: str = ""

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.words[0] not in _READS

    def with_text(self) -> "Command":
        """The same script, sent whole."""
        name = "EVAL" if self.writes else "EVAL_RO"
        return Command(self.key, (name, self.script, *self.words[2:]), self.once, self.script)


def command(name: str, key: bytes, *arguments: Argument, once: bool = False) -> Command:
    """A plain command on one key."""
    return Command(key, (name, key, *arguments), once)


def script(name: str, keys: tuple[bytes, ...], *arguments: Argument, once: bool = False) -> Command:
    """The script ``lua/<name>.lua`` on keys of one slot."""
    text, digest = _loaded(name)
    return Command(keys[0], ("EVALSHA", digest, len(keys), *keys, *arguments), once, text, name)


def reading_script(name: str, keys: tuple[bytes, ...], *arguments: Argument) -> Command:
    """The same for a script that changes nothing."""
    text, digest = _loaded(name)
    return Command(keys[0], ("EVALSHA_RO", digest, len(keys), *keys, *arguments), script=text, name=name)


def load_scripts() -> None:
    """Read every script, so that no request waits for its file."""
    for folder in files(__package__).joinpath("lua").iterdir():
        for file in folder.iterdir() if folder.is_dir() else ():
            if not file.name.startswith("_"):
                _loaded(f"{folder.name}/{file.name.removesuffix('.lua')}")


@cache
def _loaded(name: str) -> tuple[str, str]:
    """The text of a script, and its digest."""
    text = script_text(name)
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@cache
def script_text(name: str) -> str:
    """The text of a script, behind what those of its folder share."""
    folder, _, _ = name.partition("/")
    root = files(__package__).joinpath("lua")
    common = root.joinpath(folder, "_common.lua")
    shared = common.read_text(encoding="utf-8") if common.is_file() else ""
    return shared + root.joinpath(f"{name}.lua").read_text(encoding="utf-8")
