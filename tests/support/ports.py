"""Free ports of the loopback interface."""

import os
import random
import socket
from itertools import count
from typing import Final

_LOWEST: Final = 10_000
"""The ports stay below those that the system gives to clients, and each has its Cluster bus port 10,000 above."""
_RUNNERS: Final = 8
_SHARE: Final = 10_000 // _RUNNERS
_steps = count(random.randrange(_SHARE))


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on just now, that were not found lately, and that no other runner of tests looks at."""
    runner = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _RUNNERS
    found: list[int] = []
    for _ in range(_SHARE):
        port = _LOWEST + runner * _SHARE + next(_steps) % _SHARE
        if is_free(port) and is_free(port + 10_000):
            found.append(port)
            if len(found) == number:
                return found
    raise OSError("no port is free")


def is_free(port: int) -> bool:
    """Whether somebody could listen on a port of the loopback interface."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
