"""The edge's gate while credentials come and go in the store."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.storage.memory.store import MemoryStore
from edge.edge_client import CALLBACK_URL, CREDENTIAL, STATUS_URL, Provider, callback_body, services, settings
from edge.edge_process import eventually
from masking_core.errors import SignatureRefused, StoreUnavailable
from masking_core.instants import SECOND
from masking_core.sealed import Sealed
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential, sign
from masking_core.webhooks import CredentialRecord, WebhookKind, WebhookSeen
from support.world import World, real, virtual
from webhook_edge.gate import Gate

NEW, STRANGER = Credential("new-id", "new-key"), Credential("stranger-id", "stranger-key")
BODY = b'{"to":"442079460000"}'
CALLBACK, REPORT = WebhookKind.CALLBACK, WebhookKind.REPORT


class CountingStore(MemoryStore):
    """Counts how often the credentials are read and told of, and fails on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.notes = 0
        self.away = False

    def get_webhook_credentials(self) -> Sealed | None:
        self.reads += 1
        if self.away:
            raise StoreUnavailable("away")
        return super().get_webhook_credentials()

    def note_webhooks(self, seen: Sequence[WebhookSeen]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        super().note_webhooks(seen)
        self.notes += 1


class Scene:
    """A gate whose time a test sets, and the store behind it."""

    def __init__(self, **changes: Any) -> None:
        self.store = CountingStore()
        self.world = World(self.store)
        self.credentials = WebhookCredentials(self.store, self.world.vault)
        self.seconds = 100.0
        self.gate = Gate(settings(**changes), self.credentials, self.world.clock, monotonic=lambda: self.seconds)

    def callback(self, signer: Credential) -> str:
        return self.gate.verify(CALLBACK, sign(CALLBACK_URL, BODY, signer), BODY)

    def accept(self, *pairs: Credential) -> None:
        self.credentials.change(lambda record: record.accepting(pairs))
        self.store.reads = 0

    def retire(self, *pairs: Credential) -> None:
        self.credentials.change(lambda _: CredentialRecord((), pairs))


def test_pairs_of_the_settings_and_of_the_store_are_accepted() -> None:
    scene = Scene()
    scene.accept(NEW)
    assert scene.callback(CREDENTIAL) == CREDENTIAL.api_id
    assert scene.callback(NEW) == NEW.api_id
    report = sign(STATUS_URL, BODY, NEW, is_status=True)
    assert scene.gate.verify(REPORT, report, BODY) == NEW.api_id
    with pytest.raises(SignatureRefused):
        scene.callback(STRANGER)
    with pytest.raises(SignatureRefused):
        scene.gate.verify(CALLBACK, sign(CALLBACK_URL, b"else", NEW), BODY)


def test_a_pair_that_is_retired_in_the_store_is_refused_from_the_first_webhook_on() -> None:
    scene = Scene()
    scene.retire(CREDENTIAL)
    with pytest.raises(SignatureRefused):
        scene.callback(CREDENTIAL)


def test_a_new_pair_is_taken_up_by_the_first_webhook_that_it_signs() -> None:
    scene = Scene()
    scene.callback(CREDENTIAL)
    scene.accept(NEW)
    scene.seconds += 1
    assert scene.callback(NEW) == NEW.api_id


def test_strangers_have_the_store_asked_once_a_second_and_no_more() -> None:
    scene = Scene()
    for _ in range(5):
        for _ in range(20):
            with pytest.raises(SignatureRefused):
                scene.callback(STRANGER)
            with pytest.raises(SignatureRefused):
                scene.gate.verify(CALLBACK, "no header at all", BODY)
        scene.seconds += 0.5
    assert scene.store.reads <= 5


def test_webhooks_of_known_signers_wait_for_no_store() -> None:
    scene = Scene()
    scene.callback(CREDENTIAL)
    scene.store.away = True
    scene.seconds += 10
    with scene.gate._reading:
        assert scene.callback(CREDENTIAL) == CREDENTIAL.api_id


def test_a_retired_pair_is_refused_within_a_second_of_webhooks() -> None:
    scene = Scene()
    scene.callback(CREDENTIAL)
    scene.retire(CREDENTIAL)

    def refused() -> bool:
        scene.seconds += 1
        try:
            scene.callback(CREDENTIAL)
        except SignatureRefused:
            return True
        return False

    eventually(refused, "the retired pair is refused")


def test_while_the_store_is_away_known_signers_pass_and_of_others_nobody_can_tell() -> None:
    scene = Scene()
    scene.store.away = True
    assert scene.callback(CREDENTIAL) == CREDENTIAL.api_id
    with pytest.raises(StoreUnavailable):
        scene.callback(STRANGER)
    with pytest.raises(SignatureRefused):
        scene.gate.verify(CALLBACK, sign(CALLBACK_URL, b"else", CREDENTIAL), BODY)
    scene.store.away = False
    scene.seconds += 1
    with pytest.raises(SignatureRefused):
        scene.callback(STRANGER)


def test_the_store_learns_of_each_signer_at_once_and_then_now_and_then() -> None:
    scene = Scene()
    begin = scene.world.now
    scene.gate.note(CALLBACK, "a")
    eventually(lambda: scene.store.notes == 1, "the first webhook is told")
    for _ in range(12):
        scene.world.now += SECOND
        scene.seconds += 1
        scene.gate.note(CALLBACK, "a")
        scene.callback(CREDENTIAL)
    eventually(lambda: scene.credentials.seen()[0].time >= begin + 5 * SECOND, "a later one is told")
    assert scene.store.notes <= 4
    scene.gate.note(REPORT, "a")
    eventually(lambda: len(scene.credentials.seen()) == 2, "another kind is told at once")


def test_only_a_webhook_that_reads_counts_as_seen() -> None:
    world = World(MemoryStore())
    provider = Provider(services(world))
    for path, url in (("callback", CALLBACK_URL), ("status", STATUS_URL)):
        authorization = sign(url, b"[]", CREDENTIAL)
        assert provider.post(f"/infobip/{path}", b"[]", {"Authorization": authorization}).status_code == 400
    assert provider.callback(callback_body(real(1), virtual(0))).status_code == 200
    eventually(lambda: bool(world.store.webhooks_seen()), "the callback is told")
    ((kind, api_id),) = [(each.kind, each.api_id) for each in world.store.webhooks_seen()]
    assert (kind, api_id) == (CALLBACK, CREDENTIAL.api_id)


def test_where_nothing_need_be_signed_the_store_is_not_asked() -> None:
    scene = Scene(webhook_auth="none")
    scene.store.away = True
    assert scene.gate.verify(CALLBACK, None, BODY) == ""
    assert scene.store.reads == 0
