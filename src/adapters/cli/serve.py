"""``masking serve``."""

from importlib.util import find_spec
from typing import Any

import click

from adapters.cli.environment import settings_in_force
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.local_store import key_file_problems, opened_store
from adapters.cli.options import json_option
from adapters.cli.output import Record, say, show
from adapters.cli.supervisor import Program, Supervisor
from adapters.cli.values import ADDRESS
from adapters.first_start import Made, prepare
from adapters.grpc_server.door import door_of
from adapters.grpc_server.listening import why_not
from adapters.infobip_simulator.made_up import SIMULATOR_KEY
from adapters.sealing.key_file import KeyFile
from adapters.settings import InForce, Settings, SettingsError
from adapters.settings_sources import variable
from adapters.settings_values import dialable

_GRPC = ("adapters.cli", "serve-grpc")
_EDGE = ("webhook_edge",)
_BOTH = ("webhook_edge", "--with-grpc")
_SIMULATOR = ("adapters.infobip_simulator",)


@click.command
@click.option("--with-simulator", is_flag=True, help="Also serve a stand-in for Infobip, with numbers of its own.")
@click.option("--simulator-address", type=ADDRESS, default="127.0.0.1:8090", show_default=True, metavar="HOST:PORT")
@json_option
def serve(*, with_simulator: bool, simulator_address: str, as_json: bool) -> None:
    """Run the gRPC server and the webhook edge of one machine, until SIGTERM or Ctrl-C.

    The first start makes the store, a key file and webhook credentials, where the settings name none, and shows
    the credentials once. What was accepted is finished before the end; a second signal ends at once.
    """
    simulator = simulator_address if with_simulator else ""
    in_force = settings_in_force()
    settings = in_force.settings
    _check_address(in_force, "grpc_address", settings.grpc_address)
    _check_address(in_force, "edge_address", settings.edge_address)
    if settings.ops_address:
        _check_address(in_force, "ops_address", settings.ops_address)
    if settings.grpc_ops_address and not settings.in_memory:
        _check_address(in_force, "grpc_ops_address", settings.grpc_ops_address)
    _check_simulator(simulator)
    door_of(settings)
    with key_file_problems(), opened_store(settings) as store:
        made = prepare(in_force, store)
        KeyFile(settings.keys).keys()
    if not as_json:
        _tell_first_start(made)
    programs = _programs(settings, simulator)
    failure = Supervisor(programs, lambda: _tell_serving(settings, made, simulator, as_json=as_json)).run()
    if failure is not None:
        code = ExitCode.SETTINGS if failure.code == ExitCode.SETTINGS else ExitCode.FAILED
        raise CommandError(code, "SERVER_ENDED", f"{failure}; nothing is served any more")


def _check_address(in_force: InForce, name: str, address: str) -> None:
    problem, _, _ = why_not(address).partition(" (")
    if problem:
        raise SettingsError(f"{variable(name)} ({in_force.sources[name]}): cannot listen on {address}: {problem}")


def _check_simulator(address: str) -> None:
    if not address:
        return
    if find_spec("httpx") is None:
        raise SettingsError("--with-simulator needs a library: pip install 'masking[infobip]'")
    problem, _, _ = why_not(address).partition(" (")
    if problem:
        raise SettingsError(f"--simulator-address: cannot listen on {address}: {problem}")


def _programs(settings: Settings, simulator: str) -> list[Program]:
    arguments = (*_SIMULATOR, "--address", simulator)
    beside = [Program("the simulator", arguments, addresses=(simulator,))] if simulator else []
    # Who has no account yet fetches recordings from the stand-in.
    account = _stand_in(simulator) if simulator and not settings.infobip_base_url else {}
    if settings.in_memory:
        return [Program("the server", _BOTH, workers=1, settings=account), *beside]
    return [
        *beside,
        Program("the gRPC server", _GRPC, addresses=(settings.grpc_address,), settings=account),
        Program("the edge", _EDGE, workers=settings.edge_workers),
    ]


def _stand_in(address: str) -> dict[str, str]:
    """The settings that lead to the stand-in."""
    base_url = f"http://{dialable(address)}"
    return {variable("infobip_base_url"): base_url, variable("infobip_api_key"): SIMULATOR_KEY}


def _tell_first_start(made: Made) -> None:
    if made.keys is not None:
        say(f"Made {made.keys}. Keep a copy apart from the store: without it no number can be read.")
    if made.credential is not None:
        say(
            f"Made {made.credentials_file}. The webhook credentials to set at Infobip, shown this once:",
            Record([("  apiId", made.credential.api_id), ("  key", made.credential.key)]),
        )


def _tell_serving(settings: Settings, made: Made, simulator: str, *, as_json: bool) -> None:
    document: dict[str, Any] = {
        "grpc_address": settings.grpc_address,
        "edge_address": settings.edge_address,
        "ops_address": settings.ops_address,
        "grpc_ops_address": "" if settings.in_memory else settings.grpc_ops_address,
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
    stand_in: list[str | Record] = []
    if simulator:
        account = _stand_in(simulator)
        base_url, key = account.values()
        document["simulator"] = {"infobip_base_url": base_url, "infobip_api_key": key}
        members = [(f"  {name}", value) for name, value in account.items()]
        stand_in = ["A stand-in for Infobip, whose settings are", Record(members)]
    told = f"Serving: gRPC on {settings.grpc_address}, the edge on {settings.edge_address}. Ctrl-C ends it."
    show(document, *stand_in, told, as_json=as_json)
