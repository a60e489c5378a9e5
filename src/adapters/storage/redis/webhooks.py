"""Webhook credentials and what was seen of them, in Redis, in the slot of the first shard."""

from collections.abc import Sequence

from adapters.storage.redis.commands import Argument, command, script
from adapters.storage.redis.keys import check_writer
from adapters.storage.redis.link import Link
from adapters.storage.redis.names import Names
from masking_core.errors import Conflict, KeysChanged
from masking_core.moving import StoredWebhooks
from masking_core.sealed import Sealed
from masking_core.webhooks import WebhookKind, WebhookSeen


class RedisWebhooks:
    """``WebhookStore``."""

    _link: Link
    _names: Names

    def get_webhook_credentials(self) -> Sealed | None:
        """See ``WebhookStore``."""
        raw = self._link.one(command("GET", self._names.shard(0, b"w")))
        return None if raw is None else Sealed(raw)

    def set_webhook_credentials(self, expected: Sealed | None, sealed: Sealed, key_ids: Sequence[str]) -> None:
        """See ``WebhookStore``."""
        keys = self._names.shard(0, b"k")
        refused = self._link.one(
            script(
                "other/put_webhook_credentials",
                (self._names.shard(0, b"w"), keys),
                check_writer(self._link.one(command("GET", keys)), key_ids),
                expected or b"",
                sealed,
                once=True,
            )
        )
        if refused == b"KEYS":
            raise KeysChanged("the store's keys were changed meanwhile")
        if refused:
            raise Conflict("the webhook credentials were changed meanwhile")

    def note_webhooks(self, seen: Sequence[WebhookSeen]) -> None:
        """See ``WebhookStore``."""
        self._link.one(script("other/note_webhooks", (self._names.shard(0, b"v"),), *_noted(seen)))

    def webhooks_seen(self) -> Sequence[WebhookSeen]:
        """See ``WebhookStore``."""
        fields = self._link.one(command("HGETALL", self._names.shard(0, b"v")))
        found = [(*name.decode().split(":"), int(time)) for name, time in zip(fields[::2], fields[1::2], strict=True)]
        return [WebhookSeen(WebhookKind(kind), api_id, time) for kind, api_id, time in sorted(found)]

    def _replace_webhooks(self, webhooks: StoredWebhooks) -> None:
        """Have these in the place of all that is known of webhooks."""
        credentials, times = self._names.shard(0, b"w"), self._names.shard(0, b"v")
        self._link.many([command("DEL", credentials), command("DEL", times)])
        if webhooks.credentials is not None:
            self._link.one(command("SET", credentials, webhooks.credentials))
        if webhooks.seen:
            self._link.one(command("HSET", times, *_noted(webhooks.seen)))


def _noted(seen: Sequence[WebhookSeen]) -> list[Argument]:
    """Webhooks as they stand in their hash: name, time, name, time."""
    return [word for each in seen for word in (f"{each.kind.value}:{each.api_id}", each.time)]
