"""Rotation of webhook credentials, over a provider that signs and processes that follow the store at a pause."""

import itertools
from collections.abc import Callable

import pytest

from adapters.storage.registry import open_store
from masking_core.errors import SignatureRefused
from masking_core.instants import MINUTE, SECOND
from masking_core.services.credential_rotation import CredentialRotation, Stage
from masking_core.services.webhook_credentials import WebhookCredentials
from masking_core.signature import Credential, SignatureVerifier, sign
from masking_core.webhooks import CredentialRecord, WebhookKind, WebhookSeen
from support.world import World

URL = "https://masking.example.org/infobip/callback"
OLD, NEW, OTHER = (Credential(f"{name}-id", f"{name}-key") for name in ("old", "new", "other"))


class Died(Exception):
    """Stands for a rotation whose process died."""


class Account:
    """The provider: it signs with one pair. Port: ``ProviderCredentials``."""

    def __init__(self, pair: Credential | None) -> None:
        self.pair = pair

    def current(self) -> str:
        return self.pair.api_id if self.pair else ""

    def set(self, credential: Credential) -> None:
        self.pair = credential


class Edge:
    """One process of the edge, whose settings name these pairs."""

    def __init__(self, scene: "Scene", *configured: Credential) -> None:
        self.scene = scene
        self.configured = configured
        self.follow()

    def follow(self) -> None:
        self.pairs = self.scene.credentials.load().in_force(self.configured)

    def take(self, signer: Credential) -> None:
        """Accept a webhook, or raise SignatureRefused."""
        api_id = SignatureVerifier([URL], self.pairs).verify(sign(URL, b"{}", signer), b"{}")
        self.scene.credentials.note([WebhookSeen(WebhookKind.CALLBACK, api_id, self.scene.world.now)])


class Scene:
    """A provider, two edges and a rotation, with a call whenever anything happens."""

    def __init__(self, pair: Credential | None = OLD) -> None:
        self.world = World(open_store("memory://"))
        self.credentials = WebhookCredentials(self.world.store, self.world.vault)
        self.account = Account(pair)
        self.edges = [Edge(self, OLD), Edge(self, OLD)]
        self.names = (Credential(f"made-{number}", "key") for number in itertools.count(1))
        self.stages: list[Stage] = []
        self.at_step: Callable[[int], None] = lambda _: None
        self.steps = 0

    def call(self) -> None:
        if self.account.pair is not None:
            for edge in self.edges:
                edge.take(self.account.pair)

    def step(self) -> None:
        self.call()
        self.steps += 1
        self.at_step(self.steps)

    def pause(self) -> None:
        self.step()
        for edge in self.edges:
            edge.follow()
            self.step()

    def wait(self, stage: Stage) -> bool:
        self.stages.append(stage)
        self.step()
        self.world.now += 20 * SECOND
        return len(self.stages) < 20

    def rotation(self) -> CredentialRotation:
        return CredentialRotation(
            self.credentials,
            self.account,
            [OLD],
            lambda: next(self.names),
            self.world.clock,
            pause=self.pause,
            quiet=MINUTE,
        )


def test_the_new_pair_is_set_once_all_accept_it_and_the_old_retired_once_it_is_quiet() -> None:
    scene = Scene()
    rotated = scene.rotation().rotate(scene.wait)
    assert rotated.stage is Stage.DONE
    assert scene.account.pair == rotated.successor == Credential("made-1", "key")
    assert scene.stages == [Stage.SPREADING, Stage.SETTING, Stage.WAITING, Stage.SETTLING]
    assert scene.credentials.load() == CredentialRecord((rotated.successor,), (OLD,))
    for edge in scene.edges:
        edge.follow()
        edge.take(rotated.successor)
        with pytest.raises(SignatureRefused):
            edge.take(OLD)


def test_without_a_webhook_of_the_new_pair_both_stay_accepted_and_the_next_call_goes_on() -> None:
    scene = Scene()
    silent = scene.rotation().rotate(lambda _: False)
    assert silent.stage is Stage.WAITING
    assert scene.credentials.load() == CredentialRecord((OLD, silent.successor), (), silent.successor.api_id)
    for edge in scene.edges:
        edge.take(OLD)
    finished = scene.rotation().rotate(scene.wait)
    assert (finished.stage, finished.successor) == (Stage.DONE, silent.successor)


def test_an_interruption_at_any_step_refuses_no_webhook_and_the_next_run_finishes() -> None:
    whole = Scene()
    whole.rotation().rotate(whole.wait)
    assert whole.steps > 5
    for at in range(1, whole.steps + 1):
        scene = Scene()

        def die(step: int, at: int = at) -> None:
            if step == at:
                raise Died

        scene.at_step = die
        with pytest.raises(Died):
            scene.rotation().rotate(scene.wait)
        scene.call()
        rotated = scene.rotation().rotate(scene.wait)
        assert (rotated.stage, rotated.successor.api_id) == (Stage.DONE, "made-1")
        scene.call()


def test_a_second_rotation_retires_the_first_ones_pair_and_a_setting_brings_none_back() -> None:
    scene = Scene()
    first = scene.rotation().rotate(scene.wait).successor
    scene.stages.clear()
    second = scene.rotation().rotate(scene.wait).successor
    assert first != second
    record = scene.credentials.load()
    assert record.in_force([OLD, first]) == (second,)
    assert set(record.retired) == {OLD, first}


def test_an_account_without_credentials_is_given_some() -> None:
    scene = Scene(None)
    rotated = scene.rotation().rotate(scene.wait)
    assert scene.account.pair == rotated.successor


def test_a_pair_that_is_accepted_again_is_retired_no_more() -> None:
    record = CredentialRecord((NEW,), (OLD, OTHER)).accepting([OLD])
    assert record == CredentialRecord((NEW, OLD), (OTHER,))
    assert record.in_force([OTHER, NEW]) == (NEW, OLD)


@pytest.mark.parametrize(
    "record",
    [CredentialRecord(), CredentialRecord((OLD,)), CredentialRecord((OLD, NEW), (OTHER,), "new-id")],
)
def test_a_record_is_read_as_it_was_written(record: CredentialRecord) -> None:
    assert CredentialRecord.from_bytes(record.to_bytes()) == record
    assert "key" not in repr(record).replace("api_id", "")


@pytest.mark.parametrize("data", [b"x", b"accepted one", b"accepted one two three", b"accepted a_b c", b"\xff"])
def test_what_is_no_record_is_told(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 whichever reader finds it says it in its words
        CredentialRecord.from_bytes(data)
