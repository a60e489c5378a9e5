"""The stand-in for Infobip in a process of its own."""

import socket
import subprocess
import sys
import time

from support.ports import free_ports

PATIENCE = 60.0

SIGNALLED_AT_A_REQUEST = """\
import signal, sys
from adapters.infobip_simulator.__main__ import simulate
from adapters.infobip_simulator.server import Simulator
Simulator.process_request = lambda *_: signal.raise_signal(signal.SIGTERM)
simulate(["--address", sys.argv[1]], standalone_mode=False)
"""


def test_a_signal_that_comes_while_a_request_is_begun_ends_it() -> None:
    (port,) = free_ports(1)
    with subprocess.Popen([sys.executable, "-c", SIGNALLED_AT_A_REQUEST, f"127.0.0.1:{port}"]) as process:
        end = time.monotonic() + PATIENCE
        while process.poll() is None:
            assert time.monotonic() < end
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.02)
        assert process.returncode == 0
