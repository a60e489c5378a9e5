"""Webhook credentials and what was seen of them, in memory."""

from collections.abc import Sequence

from adapters.storage.memory.tables import Tables
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.moving import StoredWebhooks
from masking_core.sealed import Sealed
from masking_core.webhooks import WebhookSeen


class MemoryWebhooks:
    """``WebhookStore``."""

    _tables: Tables

    def get_webhook_credentials(self) -> Sealed | None:
        """See ``WebhookStore``."""
        return self._tables.webhook_credentials

    def set_webhook_credentials(self, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``WebhookStore``."""
        with self._tables.lock:
            check_ring(key_ids, [key.key_id for key in self._tables.keys])
            if self._tables.webhook_credentials != expected:
                raise Conflict("the webhook credentials were changed meanwhile")
            self._tables.webhook_credentials = sealed

    def note_webhooks(self, seen: Sequence[WebhookSeen]) -> None:
        """See ``WebhookStore``."""
        with self._tables.lock:
            for each in seen:
                known = self._tables.webhooks_seen.setdefault((each.kind, each.api_id), each)
                if known.time < each.time:
                    self._tables.webhooks_seen[each.kind, each.api_id] = each

    def webhooks_seen(self) -> Sequence[WebhookSeen]:
        """See ``WebhookStore``."""
        with self._tables.lock:
            return [self._tables.webhooks_seen[key] for key in sorted(self._tables.webhooks_seen)]

    def _replace_webhooks(self, webhooks: StoredWebhooks) -> None:
        """Have these in the place of all that is known of webhooks."""
        with self._tables.lock:
            self._tables.webhook_credentials = webhooks.credentials
            self._tables.webhooks_seen = {(each.kind, each.api_id): each for each in webhooks.seen}
