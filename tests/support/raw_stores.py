"""All that a store holds, read past it: what somebody has who took a copy of it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from masking_core.ports.store import Store
from support.redis_servers import contents, forget_the_passing


def raw(store: Store, url: str) -> bytes:
    """Every byte, as far as the store's server gives them; of one in memory, whatever its objects hold."""
    parts = urlsplit(url)
    match parts.scheme:
        case "memory":
            return b" ".join(_held(store, set()))
        case "sqlite":
            return b" ".join(file.read_bytes() for file in sorted(Path(parts.path).parent.glob("masking.db*")))
        case "postgresql":
            return _rows(url)
        case _:
            return contents(parts.netloc, parse_qs(parts.query)["prefix"][0])


def a_minute_later(url: str) -> None:
    """Have a store whose server keeps the time itself forget what it would have forgotten within the minute."""
    parts = urlsplit(url)
    if parts.scheme.startswith("redis"):
        forget_the_passing(parts.netloc, parse_qs(parts.query)["prefix"][0], 60_000)


def _rows(url: str) -> bytes:
    """Every row of every table, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'masking'").fetchall()
        asked = [sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier("masking", name)) for (name,) in tables]
        return "\n".join(row for each in asked for (row,) in connection.execute(each)).encode()


def _held(thing: object, seen: set[int]) -> Iterator[bytes]:
    """The bytes, texts and figures in an object, and in all that it holds."""
    if isinstance(thing, bytes):
        yield thing
    elif isinstance(thing, (str, int, float)):
        yield str(thing).encode()
    elif id(thing) not in seen:
        seen.add(id(thing))
        held = [getattr(thing, name, None) for name in getattr(thing, "__slots__", ())]
        held += vars(thing).values() if hasattr(thing, "__dict__") else ()
        if isinstance(thing, dict):
            held += [*thing.keys(), *thing.values()]
        elif isinstance(thing, (list, tuple, set, frozenset)):
            held += thing
        for each in held:
            yield from _held(each, seen)
