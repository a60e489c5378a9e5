"""Having Redis write its append-only files anew, so that nothing is left in them of what was forgotten.

Each server does that by itself, in the background. Out of reach are snapshots that were taken, the
files of replicas, and backups: who keeps those must see to them.
"""

import logging
import time
from typing import Any

from redis.exceptions import ResponseError

from adapters.storage.redis.connections import longest_wait
from adapters.storage.redis.link import Link

_log = logging.getLogger(__name__)

_PAUSE = 0.05
_PERSISTENCE_OFF = "aof_enabled:0"
_BUSY = "in progress"


def rewrite_logs(link: Link) -> None:
    """Have every server that keeps a log write it anew; a warning tells when one does not.

    One that is writing its log already may have begun before, so it is asked again until it begins
    anew, as long as the caller waits.
    """
    if all(_keeps_none(told) for told in link.every_master("INFO", "persistence")):
        return
    end = time.monotonic() + longest_wait()
    begun: set[int] = set()
    while True:
        replies = link.every_master("BGREWRITEAOF")
        begun |= {server for server, reply in enumerate(replies) if not isinstance(reply, ResponseError)}
        refused = [reply for server, reply in enumerate(replies) if server not in begun]
        if not refused:
            return
        if time.monotonic() > end or not all(_BUSY in str(reply) for reply in refused):
            _log.warning("what was forgotten stands in Redis' append-only file until BGREWRITEAOF is run")
            return
        time.sleep(_PAUSE)


def _keeps_none(told: Any) -> bool:
    return isinstance(told, bytes) and _PERSISTENCE_OFF in told.decode()
