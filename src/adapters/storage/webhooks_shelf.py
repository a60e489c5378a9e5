"""The shelf of webhooks, which holds one record or none, the same over every backend."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from masking_core.instants import Instant
from masking_core.moving import StoredWebhooks
from masking_core.ports.webhooks import WebhookStore

_ONLY: Final = "webhooks"


class WebhooksShelf:
    """``Shelf`` of what is known of webhooks."""

    def __init__(self, store: WebhookStore, replace: Callable[[StoredWebhooks], None]) -> None:
        """Take what reads webhooks, and what puts a record in the place of all that is known of them."""
        self._store = store
        self._replace = replace

    def count(self) -> int:
        """See ``Shelf``."""
        return len(self.get((_ONLY,)))

    def page(self, after: str, limit: int) -> Mapping[str, StoredWebhooks]:
        """See ``Shelf``."""
        del limit
        return {} if after else self.get((_ONLY,))

    def get(self, ids: Collection[str]) -> Mapping[str, StoredWebhooks]:
        """See ``Shelf``."""
        found = StoredWebhooks(self._store.get_webhook_credentials(), tuple(self._store.webhooks_seen()))
        known = found.credentials is not None or found.seen
        return {_ONLY: found} if known and _ONLY in ids else {}

    def put(self, records: Sequence[StoredWebhooks], now: Instant) -> None:
        """See ``Shelf``."""
        del now
        for record in records:
            self._replace(record)

    def remove(self, ids: Collection[str]) -> None:
        """See ``Shelf``."""
        if _ONLY in ids:
            self._replace(StoredWebhooks(None, ()))
