"""What Redis' own settings mean for what is kept in it.

| setting | what can be lost of what was acknowledged |
| --- | --- |
| ``appendonly no`` | all since the last snapshot, when the server stops in whatever way |
| ``appendfsync everysec`` | about a second, when the machine dies; what waits for a busy disk, at most two seconds, \
when the server alone does |
| ``appendfsync no`` | what the kernel had not written (30 s and more), when the machine dies |
| ``appendfsync always`` | nothing |
| failover to a replica | what the replica did not have yet: milliseconds as a rule, and all that a master takes \
while it is cut off; ``min-replicas-to-write 1`` with ``min-replicas-max-lag 1`` bounds that to about a second |
| the same with ``?replicas=1`` in our URL | nothing, when a replica takes over that has confirmed; nothing is \
acknowledged before a replica has (``WAIT``) |
| any ``maxmemory-policy`` but ``noeviction`` | anything, at any time: refused |
"""

import logging
from typing import Any

from adapters.storage.redis.link import Link
from masking_core.errors import StoreNotReady, StoreUnavailable

_log = logging.getLogger(__name__)

_NO_LOG = "Redis keeps no append-only file: what it acknowledged is lost when it stops; set appendonly yes"
_NO_REPLICA_CONFIRMS = (
    "Redis can lose in a failover what its replicas did not have yet; replicas=1 in the store's URL waits for one of "
    "them, and min-replicas-to-write 1 bounds the loss"
)
_LOSES = {
    "everysec": "Redis can lose a second of what it acknowledged when its machine dies; appendfsync always keeps it",
    "no": "Redis can lose what its kernel has not written when its machine dies; set appendfsync everysec or always",
}


class Durability:
    """Refuses servers that throw data away, and warns once of those that may lose some."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said: set[str] = set()

    def check(self, link: Link) -> None:
        """Look at every server. Raises StoreNotReady and StoreUnavailable."""
        for raw in link.every_master("INFO"):
            info = _told(raw)
            policy = info.get("maxmemory_policy", "noeviction")
            if policy != "noeviction":
                raise StoreNotReady(
                    f"Redis may throw sessions away when its memory is full (maxmemory-policy {policy}); "
                    "set maxmemory-policy noeviction"
                )
            if info.get("loading") == "1":
                raise StoreUnavailable("Redis is still loading its data")
            if info.get("aof_enabled") == "0":
                self._warn(_NO_LOG)
            if int(info.get("connected_slaves", 0)) and not link.replicas:
                self._warn(_NO_REPLICA_CONFIRMS)
        for reply in link.every_master("CONFIG", "GET", "appendfsync"):
            if isinstance(reply, list) and reply and reply[1].decode() in _LOSES and _NO_LOG not in self._said:
                self._warn(_LOSES[reply[1].decode()])

    def _warn(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            _log.warning(sentence)


def _told(raw: Any) -> dict[str, str]:
    """What INFO tells; nothing, where the user may not ask."""
    if not isinstance(raw, bytes):
        return {}
    lines = (line.partition(":") for line in raw.decode().splitlines() if ":" in line)
    return {name: value for name, _, value in lines}
