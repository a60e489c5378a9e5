"""``python -m webhook_edge``: the edge in processes of its own, or in one with the gRPC server.

The second is for a store that lives in memory, which two processes cannot share.
"""

import sys
from collections.abc import Callable

import click

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.local_store import key_file_problems
from adapters.cli.main import run as run_command
from adapters.cli.options import json_option, supervisor_option
from adapters.composition import Services, compose
from adapters.grpc_server.door import door_of
from adapters.grpc_server.server import GrpcServer
from adapters.settings import Settings, SettingsError, load_settings
from adapters.supervised import Supervision
from masking_core.instants import DAY
from webhook_edge.guard import CannotServe
from webhook_edge.server import Companion, run


@click.command
@click.option("--with-grpc", is_flag=True, help="Serve gRPC from the same process.")
@supervisor_option
@json_option
def serve(*, with_grpc: bool, supervisor: Supervision | None, as_json: bool) -> None:
    """Run the webhook edge."""
    del as_json
    if supervisor is not None:
        supervisor.end_together()
    settings = load_settings()
    try:
        with key_file_problems():
            services = compose(settings) if with_grpc else None
            run(settings, services, _companion(settings, services, supervisor))
    except CannotServe as error:
        raise SettingsError(str(error)) from error
    except SystemExit as end:
        if end.code:
            raise CommandError(ExitCode.FAILED, "EDGE_ENDED", "the edge could not go on; its log says why") from end


def _companion(settings: Settings, services: Services | None, supervisor: Supervision | None) -> Companion:
    """What a worker starts before it accepts a connection."""

    def start() -> Callable[[], None]:
        stop = _nothing_to_stop
        if services is not None:
            door = door_of(settings)
            retention = settings.audit_retention_days * DAY
            server = GrpcServer(
                services,
                settings.grpc_address,
                settings.grpc_threads,
                door=door,
                audit_retention=retention,
                migrate=True,
            )
            server.start()
            stop = server.stop
        if supervisor is not None:
            supervisor.tell_ready()
        return stop

    return start


def _nothing_to_stop() -> None:
    """End with nothing."""


if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:], serve))
