"""The URLs of this backend."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_PORT = 6379
_SENTINEL_PORT = 26379
_FORMS = (
    "a Redis store reads redis://[user:password@]host[:port][/db], rediss://…, "
    "redis+sentinel://host:port,host:port/service[/db] or redis+cluster://host:port,host:port, each with ?prefix=… "
    "and replicas=…, the number of replicas that confirm a write, and the latter two with tls=true where they use TLS"
)
_TLS_OPTIONS = {
    "tls_ca": "ssl_ca_certs",
    "tls_certificate": "ssl_certfile",
    "tls_key": "ssl_keyfile",
}
_OPTIONS = frozenset({"prefix", "replicas", "tls", "sentinel_user", "sentinel_password", *_TLS_OPTIONS})


@dataclass(frozen=True, slots=True)
class Address:
    """Where the servers are and how to speak to them. Passwords do not print."""

    kind: str
    hosts: tuple[tuple[str, int], ...]
    database: int = 0
    service: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    sentinel_username: str = ""
    sentinel_password: str = field(default="", repr=False)
    tls: bool = False
    tls_options: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    replicas: int = 0


def parse(url: str) -> Address:
    """The address that a URL names. Raises ValueError, without the URL, for another form."""
    parts = urlsplit(url)
    kind = parts.scheme.partition("+")[2] or "single"
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    path = [unquote(each) for each in parts.path.split("/") if each]
    user, _, places = parts.netloc.rpartition("@")
    username, _, password = user.partition(":")
    service = path.pop(0) if kind == "sentinel" and path else ""
    database = path.pop(0) if kind != "cluster" and path else "0"
    hosts = tuple(_place(each, _SENTINEL_PORT if kind == "sentinel" else _PORT) for each in places.split(","))
    wrong = (
        path
        or not database.isdecimal()
        or not all(host for host, _ in hosts)
        or (kind == "single" and len(hosts) > 1)
        or (kind == "sentinel" and not service)
        or not set(asked) <= _OPTIONS
        or parts.fragment
        or asked.get("tls", "true") not in ("true", "false")
        or not asked.get("replicas", "0").isdecimal()
    )
    if wrong:
        raise ValueError(_FORMS)
    prefix = asked.get("prefix", "")
    if "{" in prefix or "}" in prefix:
        raise ValueError("a prefix has no braces: they decide where a Cluster keeps a key")
    return Address(
        kind=kind,
        hosts=hosts,
        database=int(database),
        service=service,
        username=unquote(username),
        password=unquote(password),
        sentinel_username=asked.get("sentinel_user", ""),
        sentinel_password=asked.get("sentinel_password", ""),
        tls=parts.scheme == "rediss" or asked.get("tls") == "true",
        tls_options=tuple((driver, asked[name]) for name, driver in _TLS_OPTIONS.items() if name in asked),
        prefix=prefix,
        replicas=int(asked.get("replicas", "0")),
    )


def _place(text: str, port: int) -> tuple[str, int]:
    try:
        parts = SplitResult("", text, "", "", "")
        return parts.hostname or "", parts.port or port
    except ValueError:
        raise ValueError(_FORMS) from None
