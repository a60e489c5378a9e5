"""Webhook credentials and what was seen of them, in Postgres."""

from collections.abc import Sequence

from adapters.storage.postgres.database import Database
from adapters.storage.postgres.sql import Statement, statement
from adapters.storage.postgres.transaction import Fence, Transaction
from masking_core.errors import Conflict
from masking_core.keys import check_ring
from masking_core.moving import StoredWebhooks
from masking_core.sealed import Sealed
from masking_core.webhooks import WebhookKind, WebhookSeen


class PostgresWebhooks:
    """``WebhookStore``."""

    _database: Database

    def get_webhook_credentials(self) -> Sealed | None:
        """See ``WebhookStore``."""
        rows = self._database.read(statement("get_webhook_credentials"))
        return Sealed(rows[0][0]) if rows else None

    def set_webhook_credentials(self, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``WebhookStore``."""

        def work(transaction: Transaction) -> None:
            keys, stored = transaction.begin(
                statement("get_keys"), statement("put_webhook_credentials", expected, sealed), fence=Fence.SHARED
            )
            check_ring(key_ids, [key_id for key_id, _ in keys])
            if not stored:
                raise Conflict("the webhook credentials were changed meanwhile")
            transaction.commit()

        self._database.write(work)

    def note_webhooks(self, seen: Sequence[WebhookSeen]) -> None:
        """See ``WebhookStore``."""
        noted = _noting(seen)

        def work(transaction: Transaction) -> None:
            transaction.begin(noted)
            transaction.commit()

        self._database.write(work, repeatable=True)

    def webhooks_seen(self) -> Sequence[WebhookSeen]:
        """See ``WebhookStore``."""
        rows = self._database.read(statement("webhooks_seen"))
        return [WebhookSeen(WebhookKind(kind), api_id, time) for kind, api_id, time in rows]

    def _replace_webhooks(self, webhooks: StoredWebhooks) -> None:
        """Have these in the place of all that is known of webhooks."""

        def work(transaction: Transaction) -> None:
            transaction.begin(statement("drop_webhooks"))
            known = webhooks.credentials
            credentials = [] if known is None else [statement("put_webhook_credentials", None, known)]
            transaction.commit(*credentials, _noting(webhooks.seen))

        self._database.write(work, repeatable=True)


def _noting(seen: Sequence[WebhookSeen]) -> Statement:
    return statement(
        "note_webhooks",
        [each.kind.value for each in seen],
        [each.api_id for each in seen],
        [each.time for each in seen],
    )
