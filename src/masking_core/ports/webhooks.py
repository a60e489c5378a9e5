"""The port that keeps what every process must know of the provider's webhooks."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.sealed import Sealed
from masking_core.webhooks import WebhookSeen


class WebhookStore(Protocol):
    """Keeps the webhook credentials, sealed, and when each was last seen."""

    def get_webhook_credentials(self) -> Sealed | None:
        """The sealed record as it was stored last, by any process; None when there is none."""
        ...

    def set_webhook_credentials(self, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """Store a sealed record in the place of ``expected``, of none for None; durable once this returns.

        ``key_ids`` is the ring it is sealed under. Raises Conflict unless ``expected`` is what is
        stored, and KeysChanged.
        """
        ...

    def note_webhooks(self, seen: Sequence[WebhookSeen]) -> None:
        """Remember each as the last of its kind and apiId, unless a later one is known already."""
        ...

    def webhooks_seen(self) -> Sequence[WebhookSeen]:
        """The last of every kind and apiId, in the order of these."""
        ...
