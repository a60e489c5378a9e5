"""The contract of ``WebhookStore``, on every backend."""

import pytest

from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from masking_core.errors import Conflict, KeysChanged, SealBroken
from masking_core.sealed import Sealed
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential
from masking_core.webhooks import CredentialRecord, WebhookKind, WebhookSeen
from support.world import World

OLD, NEW, OTHER = (Credential(f"{name}-id", f"{name}-key") for name in ("old", "new", "other"))


@pytest.fixture
def credentials(world: World) -> WebhookCredentials:
    return WebhookCredentials(world.store, world.vault)


def seen(kind: WebhookKind, api_id: str, time: int) -> WebhookSeen:
    return WebhookSeen(kind, api_id, time)


def test_a_new_store_knows_no_credentials_and_has_seen_none(world: World, credentials: WebhookCredentials) -> None:
    assert world.store.get_webhook_credentials() is None
    assert credentials.load() == CredentialRecord()
    assert list(credentials.seen()) == []


def test_credentials_are_kept_sealed(world: World, credentials: WebhookCredentials) -> None:
    record = credentials.change(lambda record: record.accepting([OLD, NEW]))
    assert credentials.load() == record == CredentialRecord((OLD, NEW))
    sealed = world.store.get_webhook_credentials()
    assert sealed is not None
    assert not any(secret in bytes(sealed) for secret in (b"old-id", b"new-key"))
    with pytest.raises(SealBroken):
        WebhookCredentials(world.store, RingVault.of(Key.new(1))).load()


def test_credentials_change_only_from_what_they_are(world: World) -> None:
    ids = world.vault.key_ids()
    first, second = Sealed(b"first"), Sealed(b"second")
    with pytest.raises(Conflict):
        world.store.set_webhook_credentials(second, first, ids)
    world.store.set_webhook_credentials(None, first, ids)
    for expected in (None, second):
        with pytest.raises(Conflict):
            world.store.set_webhook_credentials(expected, second, ids)
    assert world.store.get_webhook_credentials() == first
    world.store.set_webhook_credentials(first, second, ids)
    assert world.store.get_webhook_credentials() == second


def test_a_writer_with_another_key_ring_is_refused(world: World) -> None:
    with pytest.raises(KeysChanged):
        world.store.set_webhook_credentials(None, Sealed(b"x"), ("00000001",))
    assert world.store.get_webhook_credentials() is None


def test_a_change_meets_what_others_changed_meanwhile(credentials: WebhookCredentials) -> None:
    interfered: list[CredentialRecord] = []

    def add_new(record: CredentialRecord) -> CredentialRecord:
        if not interfered:
            interfered.append(credentials.change(lambda record: record.accepting([OTHER])))
        return record.accepting([NEW])

    assert credentials.change(add_new) == CredentialRecord((OTHER, NEW))


def test_the_last_webhook_of_each_kind_and_signer_is_remembered(world: World) -> None:
    callback, report = WebhookKind.CALLBACK, WebhookKind.REPORT
    world.store.note_webhooks([seen(callback, "b", 5), seen(callback, "a", 7), seen(report, "a", 6)])
    world.store.note_webhooks([seen(callback, "b", 9), seen(callback, "a", 3), seen(report, "", 1)])
    world.store.note_webhooks([])
    assert list(world.store.webhooks_seen()) == [
        seen(callback, "a", 7),
        seen(callback, "b", 9),
        seen(report, "", 1),
        seen(report, "a", 6),
    ]
