"""``masking keys``."""

import time
from pathlib import Path

import click

from adapters import system
from adapters.cli.api_keys import api
from adapters.cli.audit_told import tell_audit
from adapters.cli.environment import settings
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.local_store import key_file_problems, opened_store
from adapters.cli.options import json_option
from adapters.cli.output import Table, show
from adapters.cli.progress import progress_bar
from adapters.sealing.key_file import KeyFile, KeyFileExistsError
from adapters.sealing.vault import FileVault
from adapters.settings import Settings, SettingsError
from masking_core.errors import StoreNotReady
from masking_core.services.key_rotation import KeyRotation, fit_keys

_MEMBERS = ("key_id", "create_time", "seals", "store_demands")
_WORDS = {True: "yes", False: "no", None: "not known"}


@click.group
def keys() -> None:
    """Make, list and rotate the keys that seal phone numbers, and the API keys of callers."""


keys.add_command(api)


@keys.command
@click.argument("path", type=click.Path(path_type=Path), required=False)
@json_option
def generate(path: Path | None, *, as_json: bool) -> None:
    """Make a key file with one new key at PATH, or else where the settings say. Never over another."""
    target = path or settings().keys
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = KeyFile.create(target).key_ids()[0]
    except KeyFileExistsError as error:
        raise CommandError(ExitCode.REFUSED, "ALREADY_EXISTS", str(error)) from error
    except OSError as error:
        raise SettingsError(f"the folder of {target} cannot be made: {error.strerror}") from error
    document = {"path": str(target), "key_id": made}
    show(document, f"made {target} with key {made}; keep a copy apart from the store", as_json=as_json)


@keys.command("list")
@json_option
def list_keys(*, as_json: bool) -> None:
    """List the keys of the key file, which of them seals, and which the store is written under."""
    in_force = settings()
    with key_file_problems():
        found = KeyFile(in_force.keys).keys()
    demanded = _demanded(in_force)
    rows = [
        (
            key.key_id,
            f"{key.created:%Y-%m-%dT%H:%M:%SZ}",
            position == 0,
            None if demanded is None else key.key_id in demanded,
        )
        for position, key in enumerate(found)
    ]
    missing = sorted(set(demanded or ()) - {key.key_id for key in found})
    document = {
        "path": str(in_force.keys),
        "keys": [dict(zip(_MEMBERS, row, strict=True)) for row in rows],
        "missing": missing,
    }
    cells = [(key_id, created, _WORDS[seals], _WORDS[demands]) for key_id, created, seals, demands in rows]
    lacks = [f"the key file lacks what the store demands: {' '.join(missing)}"] if missing else []
    show(document, Table(("KEY", "CREATED", "SEALS", "STORE DEMANDS IT"), cells), *lacks, as_json=as_json)


@keys.command
@click.option(
    "--pause",
    type=click.FloatRange(0, 3600),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until every process has taken up a changed key file.",
)
@json_option
def rotate(*, pause: float, as_json: bool) -> None:
    """Move the store to a new key while it serves, and take the old key out.

    Run it again after an interruption: it goes on where it was.
    """
    in_force = settings()
    if in_force.in_memory:
        raise SettingsError("memory:// lives in the process that serves it: its keys cannot be rotated from here")
    done: dict[str, int] = {"sessions": 0, "numbers": 0, "reports": 0}
    with key_file_problems(), opened_store(in_force) as store, progress_bar() as advance:

        def progress(what: str, count: int) -> None:
            done[what] = count
            advance(what, count, None)

        vault = FileVault(in_force.keys)
        fit_keys(store, vault)
        rotation = KeyRotation(store, vault, KeyFile(in_force.keys), system.now, lambda: time.sleep(pause), progress)
        sealing = rotation.rotate()
        tell_audit(store, vault, "keys rotate", sealing)
    told = ", ".join(f"{count} {what}" for what, count in done.items())
    show({"key_id": sealing, "resealed": done}, f"key {sealing} seals now; re-sealed {told}", as_json=as_json)


def _demanded(in_force: Settings) -> tuple[str, ...] | None:
    """The ids of the keys that the store is written under; None when it does not know yet."""
    if in_force.in_memory:
        return None
    with opened_store(in_force) as store:
        try:
            return tuple(key.key_id for key in store.get_keys()) or None
        except StoreNotReady:
            return None
