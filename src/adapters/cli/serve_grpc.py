"""``masking serve-grpc``."""

import click

from adapters import logs
from adapters.cli.environment import settings
from adapters.cli.local_store import key_file_problems
from adapters.cli.options import json_option, supervisor_option
from adapters.cli.output import show
from adapters.grpc_server.server import serve
from adapters.settings import load_settings
from adapters.supervised import Supervision


@click.command
@supervisor_option
@json_option
def serve_grpc(*, supervisor: Supervision | None, as_json: bool) -> None:
    """Run the gRPC server alone, until SIGTERM or Ctrl-C. What was accepted is finished before the end."""
    if supervisor is not None:
        supervisor.end_together()
        in_force = load_settings()
    else:
        in_force = settings()
        told = {"grpc_address": in_force.grpc_address}
        show(told, f"Starting the gRPC server on {in_force.grpc_address}. Ctrl-C ends it.", as_json=as_json)
    logs.configure(in_force.log_format)
    with key_file_problems():
        serve(in_force)
