"""``masking serve``."""

from typing import Any

import click

from adapters.cli.environment import settings_in_force
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.local_store import key_file_problems, opened_store
from adapters.cli.options import json_option
from adapters.cli.output import Record, say, show
from adapters.cli.supervisor import Program, Supervisor
from adapters.first_start import Made, prepare
from adapters.grpc_server.listening import why_not
from adapters.sealing.key_file import KeyFile
from adapters.settings import InForce, Settings, SettingsError
from adapters.settings_sources import variable

_GRPC = ("adapters.cli", "serve-grpc")
_EDGE = ("webhook_edge",)
_BOTH = ("webhook_edge", "--with-grpc")


@click.command
@json_option
def serve(*, as_json: bool) -> None:
    """Run the gRPC server and the webhook edge of one machine, until SIGTERM or Ctrl-C.

    The first start makes the store, a key file and webhook credentials, where the settings name none, and shows
    the credentials once. What was accepted is finished before the end; a second signal ends at once.
    """
    in_force = settings_in_force()
    settings = in_force.settings
    _check_address(in_force, "grpc_address", settings.grpc_address)
    _check_address(in_force, "edge_address", settings.edge_address)
    with key_file_problems(), opened_store(settings) as store:
        made = prepare(in_force, store)
        KeyFile(settings.keys).keys()
    if not as_json:
        _tell_first_start(made)
    failure = Supervisor(_programs(settings), lambda: _tell_serving(settings, made, as_json=as_json)).run()
    if failure is not None:
        code = ExitCode.SETTINGS if failure.code == ExitCode.SETTINGS else ExitCode.FAILED
        raise CommandError(code, "SERVER_ENDED", f"{failure}; nothing is served any more")


def _check_address(in_force: InForce, name: str, address: str) -> None:
    problem, _, _ = why_not(address).partition(" (")
    if problem:
        raise SettingsError(f"{variable(name)} ({in_force.sources[name]}): cannot listen on {address}: {problem}")


def _programs(settings: Settings) -> list[Program]:
    if settings.in_memory:
        return [Program("the server", _BOTH, workers=1)]
    return [
        Program("the gRPC server", _GRPC, addresses=(settings.grpc_address,)),
        Program("the edge", _EDGE, workers=settings.edge_workers),
    ]


def _tell_first_start(made: Made) -> None:
    if made.keys is not None:
        say(f"Made {made.keys}. Keep a copy apart from the store: without it no number can be read.")
    if made.credential is not None:
        say(
            f"Made {made.credentials_file}. The webhook credentials to set at Infobip, shown this once:",
            Record([("  apiId", made.credential.api_id), ("  key", made.credential.key)]),
        )


def _tell_serving(settings: Settings, made: Made, *, as_json: bool) -> None:
    document: dict[str, Any] = {
        "grpc_address": settings.grpc_address,
        "edge_address": settings.edge_address,
        "callback_urls": list(settings.callback_urls),
        "status_urls": list(settings.status_urls),
    }
    if made.keys is not None:
        document["made_keys"] = str(made.keys)
    if made.credential is not None:
        document["made_webhook_credentials"] = {
            "path": str(made.credentials_file),
            "api_id": made.credential.api_id,
            "key": made.credential.key,
        }
    told = f"Serving: gRPC on {settings.grpc_address}, the edge on {settings.edge_address}. Ctrl-C ends it."
    show(document, told, as_json=as_json)
