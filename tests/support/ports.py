"""Free ports of the loopback interface."""

import socket


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on just now, low enough that a Cluster's bus port lies above each."""
    found: list[int] = []
    candidate = socket.create_server(("127.0.0.1", 0))
    port = 10_000 + candidate.getsockname()[1] % 20_000
    candidate.close()
    while len(found) < number:
        port += 1
        try:
            for each in (port, port + 10_000):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        found.append(port)
    return found
