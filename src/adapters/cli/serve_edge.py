"""``masking serve-edge``."""

import os
import sys

import click

from adapters.cli.environment import settings
from adapters.cli.options import json_option
from adapters.cli.output import show


@click.command
@json_option
def serve_edge(*, as_json: bool) -> None:
    """Run the webhook edge alone, until SIGTERM or Ctrl-C. What was accepted is finished before the end."""
    in_force = settings()
    document = {
        "edge_address": in_force.edge_address,
        "callback_urls": list(in_force.callback_urls),
        "status_urls": list(in_force.status_urls),
    }
    show(document, f"Starting the edge on {in_force.edge_address}. Ctrl-C ends it.", as_json=as_json)
    # The edge is a layer above this one: it is started, and not imported.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "webhook_edge", *(["--json"] if as_json else [])])  # noqa: S606 nothing of it comes from outside
