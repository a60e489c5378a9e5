"""Stages of work, of which each is begun only after the one before: on one server by one script, else one by one.

Where all keys lie on one server, scripts that would each cost a round trip are put together into one, which takes them
in the same order and stops where a program would have stopped. They do what they do elsewhere, no more and no less, so
that nothing of ``protocol.py`` rests on it. Where replicas have to confirm what is written, they confirm each stage
before the next one is begun.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from adapters.storage.redis.commands import Argument, Command, script_text
from adapters.storage.redis.link import Link

_KEYS_OF_A_SCRIPT = 3
_IN_ORDER = files(__package__).joinpath("lua", "_in_order.lua").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Stage:
    """Commands that are sent together, and the replies to them after which the next stage is begun; none: any reply."""

    commands: Sequence[Command]
    granted: tuple[bytes | int, ...] = ()

    def is_granted(self, replies: Sequence[Any]) -> bool:
        """Whether the next stage may be begun after these replies."""
        return not self.granted or all(reply in self.granted for reply in replies)


def take(link: Link, stages: Sequence[Stage], *, once: bool = False) -> list[list[Any]]:
    """The replies to each stage, up to the first that is not granted. Raises as ``Link.many`` does.

    With ``once``, stages that go as one script are not sent a second time when it is unknown whether they were taken:
    the last of them removes what would tell the first.
    """
    if link.servers.are_one and not link.replicas and len(stages) > 1:
        replies: list[list[Any]] = link.one(_in_one(stages, once=once))
        return replies
    taken: list[list[Any]] = []
    for stage in stages:
        taken.append(link.many(stage.commands))
        if not stage.is_granted(taken[-1]):
            break
    return taken


def _in_one(stages: Sequence[Stage], *, once: bool) -> Command:
    """All stages as one script: ``lua/_in_order.lua`` says how they are told."""
    commands = [each for stage in stages for each in stage.commands]
    text, digest = _together(tuple(sorted({each.name for each in commands if each.name})))
    keys: list[bytes] = []
    told: list[Argument] = [len(stages)]
    for stage in stages:
        told += (len(stage.commands), len(stage.granted), *stage.granted)
        for each in stage.commands:
            its_keys, arguments = _parts(each)
            keys += its_keys
            told += (each.name or each.words[0], len(its_keys), len(arguments), *arguments)
    once = once or any(each.once for each in commands)
    return Command(keys[0], ("EVALSHA", digest, len(keys), *keys, *told), once, text)


def _parts(command: Command) -> tuple[list[bytes], Sequence[Argument]]:
    """The keys of a command, and what else it is given."""
    if not command.name:
        return [command.key], command.words[2:]
    behind = _KEYS_OF_A_SCRIPT + int(command.words[2])
    return cast(list[bytes], list(command.words[_KEYS_OF_A_SCRIPT:behind])), command.words[behind:]


@cache
def _together(names: tuple[str, ...]) -> tuple[str, str]:
    """The text of a script that has those of these names in it, and its digest."""
    parts = [f"scripts['{name}'] = function()\n{script_text(name)}\nend\n" for name in names]
    text = _IN_ORDER.replace("-- SCRIPTS\n", "".join(parts))
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
