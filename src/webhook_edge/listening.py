"""What the operating system has to be told: how many sockets may be open, and how one closes without losing anybody."""

import ctypes
import resource
import socket
import struct
import sys
from typing import Final

_SO_ATTACH_FILTER: Final = 26
_KEEP_ALL_BUT_SYN: Final = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # load the flags of the TCP header
        (0x45, 0, 1, 0x02),  # is it a SYN?
        (0x06, 0, 0, 0),  # drop it
        (0x06, 0, 0, 0xFFFF_FFFF),  # keep it whole
    )
)
_INSTRUCTIONS: Final = len(_KEEP_ALL_BUT_SYN) // 8


_BUFFER: Final = 64 * 1_024

_OTHER_FILES: Final = 256
"""So many files besides connections a process may want: its store's, the log's, those of libraries."""


def allow_files(connections: int) -> None:
    """Have the system let this process open so many connections, as far as it does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bound_buffers(listener: socket.socket) -> None:
    """Have the system hold no more for each connection than a few requests and answers, instead of megabytes."""
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        listener.setsockopt(socket.SOL_SOCKET, option, _BUFFER)


def refuse_newcomers(listener: socket.socket) -> bool:
    """Let nobody else connect, while connections that are being made complete. False where this cannot be done.

    When a listening socket closes, the kernel resets connections that nobody has accepted yet; a
    client may have sent its request on one. Linux can filter a socket's packets, and without SYNs
    no connection begins: a client that tries repeats itself and then finds the port closed.
    """
    if sys.platform != "linux":
        return False
    program = ctypes.create_string_buffer(_KEEP_ALL_BUT_SYN, len(_KEEP_ALL_BUT_SYN))
    try:
        listener.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", _INSTRUCTIONS, ctypes.addressof(program))
        )
    except OSError:
        return False
    return True
