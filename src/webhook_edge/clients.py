"""Who may use the edge: an allow-list of addresses, and the proxies whose word about an address counts."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

_REMEMBERED: Final = 4_096
_LONGEST_CHAIN: Final = 1_024
"""Characters of ``X-Forwarded-For``; no honest one comes near it."""


class Clients:
    """Tells by where a request comes from whether it may be answered at all."""

    def __init__(self, allowed: tuple[Network, ...], proxies: tuple[Network, ...]) -> None:
        """Nobody is refused when no network is ``allowed``. What ``proxies`` forward is judged by whom they name."""
        self._allowed = allowed
        self._proxies = proxies
        self._answers = lru_cache(_REMEMBERED)(self._look)

    @property
    def everybody(self) -> bool:
        """Whether nobody is refused."""
        return not self._allowed

    def may_connect(self, peer: str) -> bool:
        """Whether any request that comes from ``peer`` may be answered: one of its own, or one that it forwards."""
        return self.everybody or self._answers(peer, "") or _is_in(_address(peer), self._proxies)

    def may_ask(self, peer: str, forwarded_for: str) -> bool:
        """Whether a request from ``peer`` with this ``X-Forwarded-For`` may be answered."""
        return self.everybody or self._answers(peer, forwarded_for)

    def _look(self, peer: str, forwarded_for: str) -> bool:
        return _is_in(self._client(peer, forwarded_for), self._allowed)

    def _client(self, peer: str, forwarded_for: str) -> Address | None:
        """The nearest one that is no proxy of ours: what stands left of it may be invented."""
        client = None
        for each in _nearest_first(peer, forwarded_for):
            client = _address(each)
            if not _is_in(client, self._proxies):
                break
        return client


def _nearest_first(peer: str, forwarded_for: str) -> Iterator[str]:
    yield peer
    if len(forwarded_for) > _LONGEST_CHAIN:
        yield ""
    elif forwarded_for:
        yield from reversed(forwarded_for.split(","))


def _address(text: str) -> Address | None:
    """An address as it is written, with or without a port; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: Address | None, networks: tuple[Network, ...]) -> bool:
    return address is not None and any(address in network for network in networks)
