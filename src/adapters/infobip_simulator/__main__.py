"""``python -m adapters.infobip_simulator``: the stand-in in a process of its own."""

import signal
import sys
from contextlib import suppress

import click

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.main import run as run_command
from adapters.cli.options import supervisor_option
from adapters.cli.values import ADDRESS
from adapters.infobip_simulator.made_up import NUMBERS, SIMULATOR_KEY
from adapters.infobip_simulator.server import Simulator
from adapters.supervised import Supervision


@click.command
@click.option("--address", type=ADDRESS, required=True)
@supervisor_option
def simulate(*, address: str, supervisor: Supervision | None) -> None:
    """Serve Infobip's API with an account of made-up numbers."""
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt, _Ended):
        if supervisor is not None:
            supervisor.end_together()
        _serve(address, supervisor)


def _serve(address: str, supervisor: Supervision | None) -> None:
    host, _, port = address.rpartition(":")
    try:
        simulator = Simulator((host.strip("[]"), int(port)), SIMULATOR_KEY)
    except OSError as error:
        raise CommandError(ExitCode.SETTINGS, "SETTINGS", f"cannot listen on {address}: {error.strerror}") from error
    with simulator:
        for country, numbers in NUMBERS.items():
            simulator.account.rent(numbers, country)
        if supervisor is not None:
            supervisor.tell_ready()
        simulator.serve_forever()


class _Ended(BaseException):
    """SIGTERM came. Not one of the exceptions that the server of requests takes for a request's."""


def _end(number: int, frame: object) -> None:
    del number, frame
    raise _Ended


if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:], simulate))
