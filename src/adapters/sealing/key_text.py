"""The text of a key file: TOML to keys and back.

    [[keys]]
    id = "6a1f3c2b"
    secret = "32 bytes in base64"
    created = 2026-06-02T20:25:15Z

``created`` is for people: the id says the same.
"""

import base64
import binascii
import tomllib
from collections.abc import Sequence
from typing import Any

from adapters.sealing.key import Key

_PREAMBLE = """\
# The keys that seal phone numbers; the first one seals. Whoever has this file and the store can
# read the numbers, and without it nobody can: keep a copy, but not where the store's copies are.
"""


def parse_keys(text: bytes) -> tuple[Key, ...]:
    """The keys in the text, in their order. Raises ValueError saying what it does wrong, and no secret."""
    try:
        document = tomllib.loads(text.decode())
    except ValueError:
        raise ValueError("is not TOML") from None
    tables = document.get("keys")
    if not isinstance(tables, list) or not tables:
        raise ValueError("holds no [[keys]]")
    keys = tuple(_parse_key(f"keys[{position}]", table) for position, table in enumerate(tables))
    if len({key.key_id for key in keys}) < len(keys):
        raise ValueError("holds two keys with the same id")
    return keys


def _parse_key(name: str, table: Any) -> Key:
    match table:
        case {"id": str(key_id), "secret": str(secret)}:
            try:
                return Key(key_id, _decoded(secret))
            except ValueError as error:
                raise ValueError(f"holds in {name} what is no key: {error}") from None
        case _:
            raise ValueError(f"holds no id and secret in {name}, both strings")


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.encode(), validate=True)
    except binascii.Error:
        raise ValueError("its secret is not base64") from None


def write_keys(keys: Sequence[Key]) -> bytes:
    """The text of a key file with these keys, in their order."""
    return "\n".join((_PREAMBLE, *(_write_key(key) for key in keys))).encode()


def _write_key(key: Key) -> str:
    secret = base64.b64encode(key.secret).decode()
    return f'[[keys]]\nid = "{key.key_id}"\nsecret = "{secret}"\ncreated = {key.created:%Y-%m-%dT%H:%M:%SZ}\n'
