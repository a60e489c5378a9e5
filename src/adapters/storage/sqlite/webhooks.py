"""Webhook credentials and what was seen of them, in SQLite."""

from collections.abc import Sequence

import apsw

from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.keys import check_writer
from adapters.storage.sqlite.sql import statement
from masking_core.errors import Conflict
from masking_core.moving import StoredWebhooks
from masking_core.sealed import Sealed
from masking_core.webhooks import WebhookKind, WebhookSeen


class SqliteWebhooks:
    """``WebhookStore``."""

    _database: Database

    def get_webhook_credentials(self) -> Sealed | None:
        """See ``WebhookStore``."""
        with self._database.reading() as connection:
            return _stored(connection)

    def set_webhook_credentials(self, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``WebhookStore``."""
        with self._database.writing() as connection:
            check_writer(connection, key_ids)
            if _stored(connection) != expected:
                raise Conflict("the webhook credentials were changed meanwhile")
            connection.execute(statement("put_webhook_credentials"), (sealed,))

    def note_webhooks(self, seen: Sequence[WebhookSeen]) -> None:
        """See ``WebhookStore``."""
        with self._database.writing() as connection:
            for each in seen:
                connection.execute(statement("note_webhook"), (each.kind.value, each.api_id, each.time))

    def webhooks_seen(self) -> Sequence[WebhookSeen]:
        """See ``WebhookStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, "SELECT kind, api_id, time FROM webhooks_seen ORDER BY kind, api_id")
            return [WebhookSeen(WebhookKind(kind), api_id, time) for kind, api_id, time in rows]

    def _replace_webhooks(self, webhooks: StoredWebhooks) -> None:
        """Have these in the place of all that is known of webhooks."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM webhook_credentials")
            connection.execute("DELETE FROM webhooks_seen")
            if webhooks.credentials is not None:
                connection.execute(statement("put_webhook_credentials"), (webhooks.credentials,))
            for each in webhooks.seen:
                connection.execute(statement("note_webhook"), (each.kind.value, each.api_id, each.time))


def _stored(connection: apsw.Connection) -> Sealed | None:
    rows = fetch(connection, "SELECT sealed FROM webhook_credentials")
    return Sealed(rows[0][0]) if rows else None
