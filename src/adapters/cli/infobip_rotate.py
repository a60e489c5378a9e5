"""``masking infobip credentials rotate``."""

import time
from collections.abc import Callable
from datetime import timedelta

import click

from adapters import system
from adapters.cli.environment import settings_in_force
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.infobip_session import DEFAULT_PAUSE, Account, account, new_credential
from adapters.cli.options import server_options
from adapters.cli.output import note, show
from adapters.cli.values import DURATION
from adapters.first_start import replace_credentials
from adapters.infobip.client import InfobipClient
from adapters.infobip.wire import Pair
from adapters.settings import InForce, SettingsError
from masking_core.services.credential_rotation import CredentialRotation, Rotated, Stage
from masking_core.signature import Credential

_LOOK_SECONDS = 0.5


class CredentialsAtInfobip:
    """The pair of the account. Port: ``ProviderCredentials``."""

    def __init__(self, client: InfobipClient) -> None:
        """Take the account."""
        self._client = client

    def current(self) -> str:
        """The apiId it signs with now; empty when it signs nothing."""
        pair = self._client.pair()
        return "" if pair is None else pair.api_id

    def set(self, credential: Credential) -> None:
        """Sign with this pair from now on."""
        pair = Pair(credential.api_id, credential.key)
        self._client.set_pair(pair, instead=self._client.pair() is not None)


@click.command
@click.option("--wait", type=DURATION, default="10m", show_default=True, help="For webhooks of the new pair.")
@click.option("--quiet", type=DURATION, default="1m", show_default=True, help="How long the old pair was not seen.")
@click.option(
    "--pause",
    type=click.FloatRange(0, 3600),
    default=DEFAULT_PAUSE,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until every edge process accepts the new pair.",
)
@server_options
def rotate(*, wait: timedelta, quiet: timedelta, pause: float, server: str | None, as_json: bool) -> None:
    """Move Infobip and every edge process to new webhook credentials, refusing no genuine webhook meanwhile.

    The new pair is accepted everywhere before Infobip signs with it, and the old one retired after webhooks
    have come with the new one, and none with the old for a while. Run it again after an interruption, or when
    no webhook came in time: it goes on where it was.
    """
    in_force = settings_in_force()
    if in_force.settings.webhook_auth == "none":
        raise SettingsError("MASKING_WEBHOOK_AUTH is none: the edge verifies nothing, and there is nothing to rotate")
    with account(in_force.settings, server) as opened:
        _accept_what_signs_now(opened)
        rotation = CredentialRotation(
            opened.shared_credentials(),
            CredentialsAtInfobip(opened.client),
            in_force.settings.webhook_credentials,
            new_credential,
            system.now,
            pause=lambda: time.sleep(pause),
            quiet=quiet // timedelta(microseconds=1),
        )
        rotated = rotation.rotate(_waiting(wait, as_json=as_json))
        outcome = "OK" if rotated.stage is Stage.DONE else "DEADLINE_EXCEEDED"
        opened.tell("infobip credentials rotate", rotated.successor.api_id, outcome)
    _tell(rotated, in_force, as_json=as_json)


def _accept_what_signs_now(opened: Account) -> None:
    pair = opened.client.pair()
    if pair is not None and pair.key:
        signing = Credential(pair.api_id, pair.key)
        if signing not in (opened.accepted() or ()):
            opened.shared_credentials().change(lambda record: record.accepting([signing]))


def _waiting(wait: timedelta, *, as_json: bool) -> Callable[[Stage], bool]:
    end = time.monotonic() + wait.total_seconds()
    told: set[Stage] = set()

    def go_on(stage: Stage) -> bool:
        if stage not in told and not as_json:
            note(f"masking: {stage.value} ...")
        told.add(stage)
        if stage in (Stage.SPREADING, Stage.SETTING):
            return True
        if time.monotonic() > end:
            return False
        time.sleep(min(_LOOK_SECONDS, max(end - time.monotonic(), 0.01)))
        return True

    return go_on


def _tell(rotated: Rotated, in_force: InForce, *, as_json: bool) -> None:
    api_id = rotated.successor.api_id
    if rotated.stage is not Stage.DONE:
        raise CommandError(
            ExitCode.UNREACHABLE,
            "ROTATION_WAITS",
            f"Infobip signs with {api_id}, but {rotated.stage.value}; both pairs stay accepted until the command is "
            "run again and finds that",
            api_id=api_id,
        )
    settings = in_force.settings
    hints = []
    if in_force.sources["webhook_credentials"] == str(settings.credentials_file):
        replace_credentials(settings.credentials_file, rotated.successor)
    elif settings.webhook_credentials:
        source = in_force.sources["webhook_credentials"]
        hints = [f"MASKING_WEBHOOK_CREDENTIALS ({source}) names a pair that no edge accepts any more: the store has it"]
    show({"api_id": api_id, "stage": rotated.stage.name}, f"{api_id} alone is accepted now", *hints, as_json=as_json)
