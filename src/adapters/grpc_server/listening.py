"""Whether an address can be listened on: gRPC says why not to its own log alone."""

import errno
import os
import socket


def why_not(address: str) -> str:
    """Why nobody can listen on ``host:port`` just now, in a few words; empty when one can."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except socket.gaierror:
        return "there is no such host"
    except OSError as error:
        return os.strerror(error.errno or errno.EADDRNOTAVAIL)
    return ""
