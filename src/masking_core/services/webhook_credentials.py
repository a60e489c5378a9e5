"""The webhook credentials that all processes share, and what was seen of them."""

from collections.abc import Callable, Sequence

from masking_core.errors import Conflict, SealBroken
from masking_core.ports.keys import Vault
from masking_core.ports.webhooks import WebhookStore
from masking_core.sealed import Sealed
from masking_core.services.current_keys import under_current_keys
from masking_core.webhooks import CREDENTIALS_PLACE, CredentialRecord, WebhookSeen

_ATTEMPTS = 5


class WebhookCredentials:
    """The record of credentials. Every verb raises SealBroken for one that no key of the ring opens."""

    def __init__(self, store: WebhookStore, vault: Vault) -> None:
        """Take the ports."""
        self._store = store
        self._vault = vault

    def load(self) -> CredentialRecord:
        """The record; an empty one where there is none."""
        return self._opened(self._store.get_webhook_credentials())

    def change(self, change: Callable[[CredentialRecord], CredentialRecord]) -> CredentialRecord:
        """Change the record, whatever else changes it meanwhile, and return what is stored then."""
        for _ in range(_ATTEMPTS):
            sealed = self._store.get_webhook_credentials()
            record = self._opened(sealed)
            changed = change(record)
            if changed == record:
                return record
            try:
                self._put(sealed, changed)
            except Conflict:
                continue
            return changed
        raise Conflict("the webhook credentials are being changed by others")

    def note(self, seen: Sequence[WebhookSeen]) -> None:
        """Remember when webhooks came."""
        self._store.note_webhooks(seen)

    def seen(self) -> Sequence[WebhookSeen]:
        """When webhooks came last, by kind and apiId."""
        return self._store.webhooks_seen()

    def rekey(self) -> bool:
        """Seal the record with the key that seals now; whether it was sealed with another."""
        for _ in range(_ATTEMPTS):
            sealed = self._store.get_webhook_credentials()
            if sealed is None or self._vault.sealed_by(sealed) == self._vault.key_ids()[0]:
                return False
            try:
                self._put(sealed, self._opened(sealed))
            except Conflict:
                continue
            return True
        raise Conflict("the webhook credentials are being changed by others")

    def _opened(self, sealed: Sealed | None) -> CredentialRecord:
        if sealed is None:
            return CredentialRecord()
        data = self._vault.unseal_bytes(sealed, CREDENTIALS_PLACE)
        try:
            return CredentialRecord.from_bytes(data)
        except ValueError:
            raise SealBroken("what was sealed is no record of webhook credentials") from None

    def _put(self, expected: Sealed | None, record: CredentialRecord) -> None:
        def put() -> None:
            key_ids = self._vault.key_ids()
            sealed = self._vault.seal_bytes(record.to_bytes(), CREDENTIALS_PLACE)
            self._store.set_webhook_credentials(expected, sealed, key_ids)

        under_current_keys(self._vault, put)
