"""A store that is away, behind, or another key's: nobody is turned away wrongly, and nothing is lost."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import masking_core
from adapters.composition import wire
from adapters.operations import Page
from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from adapters.storage.registry import open_store
from edge.edge_client import Provider, callback_body
from masking_core.errors import MaskingError
from masking_core.ports.store import Store
from support.world import World, proxies, real, virtual
from webhook_edge.failures import status_of

CALL = callback_body(real(1), virtual(0))
REPORT = b'{"clientReferenceId":"some-session.some-call"}'
UNAVAILABLE = {"command": "audio", "fileUrl": "https://edge.example.org/audio/temporarily-unavailable.mp3"}
FIRST, SECOND = Key("00000001", bytes(range(32))), Key("00000002", bytes(range(32, 64)))


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A file in the place where the store wants a folder."""
    path = tmp_path / "data"
    path.touch()
    return path


@pytest.fixture
def store(blocked: Path) -> Iterator[Store]:
    """A store that cannot be used while ``blocked`` is there."""
    opened = open_store(f"sqlite:///{blocked}/masking.db")
    yield opened
    opened.close()


def test_a_caller_hears_that_the_service_is_unavailable(store: Store) -> None:
    answer = Provider(wire(store, RingVault.random())).callback(CALL)

    assert answer.status_code == 200
    assert answer.json == UNAVAILABLE


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("file-1", {"fileId": "file-1"}),
        ("https://other.example.org/a.mp3", {"fileUrl": "https://other.example.org/a.mp3"}),
    ],
)
def test_the_settings_say_what_a_caller_hears(store: Store, named: str, file: dict[str, str]) -> None:
    answer = Provider(wire(store, RingVault.random()), unavailable_audio=named).callback(CALL)

    assert answer.json == {"command": "audio", **file}


def test_without_such_audio_the_provider_is_sent_to_its_backup(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    answer = Provider(wire(store, RingVault.random()), unavailable_audio="").callback(CALL)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert list(answer.json) == ["error"]
    assert real(1)[1:] not in caplog.text


def test_a_report_that_cannot_be_kept_is_not_acknowledged(store: Store) -> None:
    answer = Provider(wire(store, RingVault.random())).status(REPORT)

    assert answer.status_code == 503
    assert "retry-after" in answer.headers


def test_a_forged_webhook_is_refused_without_asking_the_store(store: Store) -> None:
    provider = Provider(wire(store, RingVault.random()))

    assert provider.post("/infobip/callback", CALL).status_code == 401
    assert provider.post("/infobip/status", REPORT).status_code == 401


def test_the_edge_lives_while_its_store_is_away_and_is_ready_when_it_is_back(store: Store, blocked: Path) -> None:
    provider = Provider(wire(store, RingVault.random()))

    assert provider.probe("/healthz") == Page(b'{"status":"alive"}')
    away = provider.probe("/readyz")
    assert away.status == 503
    assert list(json.loads(away.body)) == ["error"]

    blocked.unlink()
    behind = provider.probe("/readyz")
    assert behind.status == 503
    assert "masking migrate" in json.loads(behind.body)["error"]
    assert provider.callback(CALL).json == UNAVAILABLE

    store.migrate()
    assert provider.probe("/readyz") == Page(b'{"status":"ready"}')
    assert provider.callback(CALL).json["fileUrl"].endswith("/audio/not-in-service.mp3")
    assert provider.status(REPORT).status_code == 200


def test_a_store_of_another_key_is_not_answered_for() -> None:
    world = World(open_store("memory://"), RingVault.of(FIRST))
    world.pool()
    dialled = proxies(world.open(1, 2))[0]
    stranger = Provider(wire(world.store, RingVault.of(SECOND)))

    assert stranger.callback(callback_body(real(1), dialled)).json == UNAVAILABLE
    assert stranger.status(REPORT).status_code == 503
    assert stranger.probe("/readyz").status == 503
    assert world.reports.of_session("some-session") == []


def test_a_call_to_a_number_that_does_not_open_is_an_outage_and_not_a_refusal() -> None:
    world = World(open_store("memory://"), RingVault.of(FIRST, SECOND))
    world.pool()
    dialled = proxies(world.open(1, 2))[0]
    later = RingVault.of(SECOND)
    world.store.set_keys(world.store.get_keys(), later.checks())
    provider = Provider(wire(world.store, later))

    assert provider.callback(callback_body(real(1), dialled)).json == UNAVAILABLE
    assert provider.probe("/readyz").status == 200


def test_two_edges_may_be_the_first_to_use_a_store_at_once() -> None:
    store, vault = open_store("memory://"), RingVault.random()

    for provider in (Provider(wire(store, vault)), Provider(wire(store, vault))):
        assert provider.probe("/readyz").status == 200


def every_error(kind: type[MaskingError] = MaskingError) -> list[type[MaskingError]]:
    return [each for child in kind.__subclasses__() for each in (child, *every_error(child))]


def test_every_error_of_the_core_has_a_status() -> None:
    for module in walk_packages(masking_core.__path__, "masking_core."):
        import_module(module.name)

    known = {error: status_of(error) for error in every_error()}

    assert len(known) > 10
    assert [error for error, status in known.items() if status is None] == []
    assert all(status is not None and 400 <= status <= 503 and status != 500 for status in known.values())
    assert status_of(MaskingError) is None
