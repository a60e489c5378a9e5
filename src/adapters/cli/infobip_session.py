"""What the commands of `masking infobip` work with: the account, the running service, the shared credentials."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from adapters.cli.audit_told import tell_audit
from adapters.cli.client import connected
from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.local_store import key_file_problems, opened_store
from adapters.sealing.vault import FileVault
from adapters.settings import Settings, SettingsError
from masking_core.errors import MaskingError
from masking_core.services.key_rotation import fit_keys
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential

try:
    from adapters.infobip.client import InfobipClient
    from adapters.infobip.errors import InfobipError
    from adapters.infobip.pool_table import PoolTable
    from adapters.infobip.transport import Transport
except ModuleNotFoundError as error:
    if error.name != "httpx":
        raise
    raise SettingsError("`masking infobip` needs a library: pip install 'masking[infobip]'") from error

DEFAULT_PAUSE = 3.0
"""Seconds within which every edge process has taken up a pair that was stored."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account, the pools of the running service, and the credentials that all edges share.

    ``credentials`` is None for a store that lives in the serving process alone.
    """

    settings: Settings
    client: InfobipClient
    table: PoolTable
    credentials: WebhookCredentials | None
    tell: Callable[[str, str, str], None]
    """Has the audit say what was done, to what, and with what outcome."""

    @contextmanager
    def audited(self, action: str, target: str) -> Iterator[None]:
        """Have the audit say what is done here, to its end or not."""
        try:
            yield
        except BaseException:
            with suppress(MaskingError):
                self.tell(action, target, "ABORTED")
            raise
        self.tell(action, target, "OK")

    def accepted(self) -> tuple[Credential, ...] | None:
        """The pairs that the edge accepts; None where webhooks need not be signed."""
        if self.settings.webhook_auth == "none":
            return None
        configured = self.settings.webhook_credentials
        return configured if self.credentials is None else self.credentials.load().in_force(configured)

    def accept(self, pause: float) -> Callable[[Credential], None]:
        """What has every edge process accept a pair, and returns when they do."""

        def accept(pair: Credential) -> None:
            self.shared_credentials().change(lambda record: record.accepting([pair]))
            time.sleep(pause)

        return accept

    def shared_credentials(self) -> WebhookCredentials:
        """The credentials. Raises SettingsError where there are no shared ones."""
        if self.credentials is None:
            raise SettingsError("memory:// lives in the process that serves it: its credentials stand in the settings")
        return self.credentials


@contextmanager
def account(settings: Settings, server: str | None) -> Iterator[Account]:
    """Open everything. Raises SettingsError and CommandError, also for what Infobip refuses meanwhile."""
    with connected(server) as masking, transport(settings) as connection:
        client, table = InfobipClient(connection), PoolTable(masking.numbers)
        if settings.in_memory:
            yield Account(settings, client, table, None, lambda *_: None)
            return
        with key_file_problems(), opened_store(settings) as store:
            vault = FileVault(settings.keys)
            fit_keys(store, vault)
            credentials = WebhookCredentials(store, vault)
            yield Account(settings, client, table, credentials, partial(tell_audit, store, vault))


@contextmanager
def transport(settings: Settings) -> Iterator[Transport]:
    """The connection that the settings describe. Raises SettingsError, and CommandError for what Infobip refuses."""
    if not settings.infobip_base_url or not settings.infobip_api_key:
        raise SettingsError(
            "set MASKING_INFOBIP_BASE_URL to your account's API, and MASKING_INFOBIP_API_KEY "
            f"or the file {settings.data_dir / 'infobip-api-key'} to its key"
        )
    connection = Transport(settings.infobip_base_url, settings.infobip_api_key)
    try:
        yield connection
    except InfobipError as error:
        raise refusal(error) from error
    finally:
        connection.close()


def refusal(error: InfobipError) -> CommandError:
    """The failed command that an error of Infobip's makes."""
    code = ExitCode.UNREACHABLE if error.passing else ExitCode.REFUSED
    if error.status in (401, 403):
        code = ExitCode.SETTINGS
    reason = f"INFOBIP_{error.message_id}" if error.message_id else "INFOBIP"
    return CommandError(code, reason, str(error), status=error.status)


def new_credential() -> Credential:
    """A pair that nobody has had."""
    return Credential(secrets.token_hex(16), secrets.token_hex(16))
