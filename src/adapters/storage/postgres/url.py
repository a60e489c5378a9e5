"""What a store's URL asks of this backend itself, apart from what libpq reads of it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is, as libpq takes it, and whether statements may be prepared there."""

    conninfo: str = field(repr=False)
    prepare: bool


def parse(url: str) -> Address:
    """Take our parameters out of a URL. Raises ValueError, which does not repeat the URL."""
    parts = urlsplit(url)
    ours: dict[str, str] = {}
    others = []
    for parameter in filter(None, parts.query.split("&")):
        name, _, value = parameter.partition("=")
        if name == "prepare":
            ours[name] = value
        else:
            others.append(parameter)
    if ours.get("prepare", "on") not in _SWITCH:
        raise ValueError("a Postgres store's URL takes prepare=on or prepare=off")
    conninfo = urlunsplit(parts._replace(query="&".join(others)))
    try:
        conninfo_to_dict(conninfo)
    except ProgrammingError:
        raise ValueError("a Postgres store reads postgresql://user:password@host:port/database?parameters") from None
    return Address(conninfo, _SWITCH[ours.get("prepare", "on")])
