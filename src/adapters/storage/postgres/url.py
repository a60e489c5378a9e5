"""What a store's URL asks of this backend itself, apart from what libpq reads of it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_SWITCH = {"on": True, "off": False}
_OURS = frozenset(("prepare", "replica"))
_FORM = "a Postgres store reads postgresql://user:password@host:port/database?parameters"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is, as libpq takes it, whether statements may be prepared there, and its replica for lists."""

    conninfo: str = field(repr=False)
    prepare: bool
    replica: "Address | None" = None


def parse(url: str) -> Address:
    """Take our parameters out of a URL. Raises ValueError, which does not repeat the URL."""
    parts = urlsplit(url)
    ours: dict[str, str] = {}
    others = []
    for parameter in filter(None, parts.query.split("&")):
        name, _, value = parameter.partition("=")
        if name in _OURS:
            ours[name] = unquote(value)
        else:
            others.append(parameter)
    prepare = ours.get("prepare", "on")
    if prepare not in _SWITCH:
        raise ValueError("a Postgres store's URL takes prepare=on or prepare=off")
    conninfo = urlunsplit(parts._replace(query="&".join(others)))
    try:
        conninfo_to_dict(conninfo)
    except ProgrammingError:
        raise ValueError(_FORM) from None
    return Address(conninfo, _SWITCH[prepare], _replica(ours["replica"]) if "replica" in ours else None)


def _replica(url: str) -> Address:
    if urlsplit(url).scheme != "postgresql":
        raise ValueError("replica= takes the percent-encoded URL of a Postgres store")
    return parse(url)
