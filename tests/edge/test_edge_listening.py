"""A port is closed without losing who has just come through."""

import select
import socket
import sys

import pytest

from webhook_edge.listening import refuse_newcomers


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone filters the packets of a socket")
def test_who_has_connected_is_served_and_nobody_else_gets_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        early = socket.create_connection(listening.getsockname(), timeout=10)
        early.sendall(b"before")

        assert refuse_newcomers(listening)

        late = socket.socket()
        late.setblocking(False)
        late.connect_ex(listening.getsockname())
        assert not select.select([], [late], [], 0.2)[1]
        early.sendall(b" and after")
        accepted, _ = listening.accept()
    with early, late, accepted:
        accepted.settimeout(10)
        accepted.sendall(b"answer")
        assert early.recv(100) == b"answer"
        assert accepted.recv(100) == b"before and after"
