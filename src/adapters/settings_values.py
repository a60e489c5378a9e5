"""What each kind of setting accepts. Every reader raises ValueError with what is wrong, and never the value."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.secret import Secret
from adapters.storage.registry import BACKENDS
from masking_core.signature import Credential

Network = IPv4Network | IPv6Network

_SEPARATORS = re.compile(r"[\s,]+")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[A-Za-z0-9._-]+")
_HIGHEST_PORT = 65_535
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 the addresses that no client can dial


def text(value: object) -> str:
    """Any text in one line."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("must be a text in one line")
    return value


def path(value: object) -> Path:
    """A path; ``~`` is the home directory."""
    return Path(text(value)).expanduser()


def address(value: object) -> str:
    """``host:port``, with an IPv6 host in brackets."""
    host, colon, port = text(value).rpartition(":")
    if not colon or not _HOST.fullmatch(host) or not port.isascii() or not port.isdigit():
        raise ValueError("must be host:port, as in 127.0.0.1:8080")
    if not 1 <= int(port) <= _HIGHEST_PORT:
        raise ValueError(f"must have a port from 1 to {_HIGHEST_PORT}")
    return f"{host}:{int(port)}"


def address_or_none(value: object) -> str:
    """The same, or empty for ``none``."""
    return "" if value == "none" else address(value)


def zone(value: object) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be the name of a time zone, as in UTC or Europe/Zagreb") from None


def url(value: object) -> str:
    """An http or https URL, kept character for character."""
    given = text(value)
    try:
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not given.isascii() or " " in given:
        raise ValueError("must be an http or https URL, as in https://masking.example.org")
    return given


def base_url(value: object) -> str:
    """A URL that paths are put behind: without query, fragment and closing slash."""
    given = url(value)
    if "?" in given or "#" in given:
        raise ValueError("must have neither a query nor a fragment")
    return given.rstrip("/")


def urls(value: object) -> tuple[str, ...]:
    """One URL or several."""
    return tuple(url(each) for each in _several(value))


def credentials(value: object) -> tuple[Credential, ...]:
    """One pair ``apiId:key`` or several."""
    return tuple(_credential(each) for each in _several(value))


def secret(value: object) -> Secret:
    """A secret of printable ASCII without spaces."""
    given = text(value)
    if not given.isascii() or " " in given:
        raise ValueError("must be a secret in one line, of ASCII without spaces")
    return Secret(given)


def store(value: object) -> str:
    """The URL of a store that there is a backend for."""
    given = text(value)
    scheme = urlsplit(given).scheme
    if "://" not in given or scheme not in BACKENDS:
        raise ValueError(f"must begin with one of {', '.join(f'{each}://' for each in sorted(BACKENDS))}")
    return given


def webhook_auth(value: object) -> str:
    """Whether webhooks must be signed."""
    if value not in ("signature", "none"):
        raise ValueError("must be signature or none")
    return str(value)


def grpc_tls(value: object) -> str:
    """Whether gRPC may be served in plain text beyond this machine."""
    if value not in ("required", "none"):
        raise ValueError("must be required or none")
    return str(value)


def grpc_auth(value: object) -> str:
    """Whether gRPC asks for keys."""
    if value not in ("keys", "none"):
        raise ValueError("must be keys or none")
    return str(value)


def log_format(value: object) -> str:
    """How log lines are written."""
    if value not in ("text", "json"):
        raise ValueError("must be text or json")
    return str(value)


def traces(value: object) -> str:
    """Where traces are sent; ``none`` becomes the empty text."""
    if value not in ("otlp", "none"):
        raise ValueError("must be otlp or none")
    return "" if value == "none" else str(value)


def unavailable_audio(value: object) -> str:
    """What a caller hears while the store is away; ``none`` becomes the empty text, which answers 503."""
    given = text(value)
    if given.startswith(("http:", "https:")):
        return url(given)
    return "" if given == "none" else given


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    """What reads a whole number within bounds."""

    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if not isinstance(number, int) or isinstance(number, bool) or not lowest <= number <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return number

    return read


count = whole(1, 1_000)
"""How many of something."""


def networks(value: object) -> tuple[Network, ...]:
    """Addresses and networks, as in 192.0.2.0/24 and 2001:db8::/32."""
    return tuple(_network(each) for each in _several(value))


def dialable(listening: str) -> str:
    """The address at which a client on this machine reaches what listens at ``listening``."""
    host, _, port = listening.rpartition(":")
    return f"{_WILDCARDS.get(host, host)}:{port}"


def is_loopback(given: str) -> bool:
    """Whether the host of ``host:port`` is this machine, for this machine alone."""
    host = given.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def redacted_url(given: str) -> str:
    """The URL as it may be shown: with neither the password before its host nor one among its parameters.

    ``replica`` is a URL of its own, with whatever that one holds.
    """
    shown = re.sub(r"^([\w+.-]+://[^:@/?#]*):.*@", r"\1:••••@", given)
    return re.sub(
        r"([?&][^=&]*(?:pass|pwd|secret|token|key|replica)[^=&]*)=[^&#]*", r"\1=••••", shown, flags=re.IGNORECASE
    )


def _several(value: object) -> list[str]:
    if isinstance(value, str):
        return [each for each in _SEPARATORS.split(value) if each] or [text("")]
    if isinstance(value, list) and value:
        return [text(each) for each in value]
    raise ValueError("must be a text, or a list of texts with at least one")


def _network(given: str) -> Network:
    try:
        return ip_network(given)
    except ValueError:
        raise ValueError("must be addresses or networks, as in 192.0.2.0/24") from None


def _credential(pair: str) -> Credential:
    api_id, _, key = pair.partition(":")
    return Credential(api_id, key)
