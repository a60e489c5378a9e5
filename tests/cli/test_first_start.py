import stat
from pathlib import Path

import pytest

from adapters.first_start import prepare
from adapters.sealing.vault import FileVault
from adapters.settings import SettingsError, load_settings, read_settings
from adapters.storage.registry import open_store
from masking_core.ports.store import Store
from masking_core.services.key_rotation import fit_keys


@pytest.fixture
def store() -> Store:
    return open_store("sqlite:///data/masking.db")


def mode(path: str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_the_first_start_makes_what_nobody_configured_for_its_owner_alone(store: Store) -> None:
    made = prepare(read_settings({}), store)
    assert (made.keys, made.credentials_file) == (Path("data/keys.toml"), Path("data/webhook-credentials"))
    assert made.credential is not None
    assert load_settings({}).webhook_credentials == (made.credential,)
    assert (mode("data"), mode("data/keys.toml"), mode("data/webhook-credentials")) == (0o700, 0o600, 0o600)
    assert not list(Path("data").glob(".*"))
    assert made.credential.key not in repr(made)
    store.check()


def test_the_second_start_makes_nothing_and_shows_nothing(store: Store) -> None:
    prepare(read_settings({}), store)
    keys = Path("data/keys.toml").read_bytes()
    again = prepare(read_settings({}), store)
    assert (again.keys, again.credentials_file, again.credential) == (None, None, None)
    assert Path("data/keys.toml").read_bytes() == keys


def test_two_first_starts_at_once_agree_on_one_file(store: Store) -> None:
    before = read_settings({})
    made = prepare(before, store)
    late = prepare(before, store)
    assert (late.keys, late.credential) == (None, None)
    assert load_settings({}).webhook_credentials == (made.credential,)


def test_what_is_configured_is_not_made(store: Store) -> None:
    environ = {"MASKING_KEYS": "elsewhere/keys.toml", "MASKING_WEBHOOK_CREDENTIALS": "id:key"}
    made = prepare(read_settings(environ), store)
    assert (made.keys, made.credential) == (None, None)
    assert not Path("elsewhere").exists()
    assert not Path("data/webhook-credentials").exists()


def test_unsigned_webhooks_need_no_credentials(store: Store) -> None:
    assert prepare(read_settings({"MASKING_WEBHOOK_AUTH": "none"}), store).credential is None


def test_a_store_whose_keys_are_lost_gets_no_new_ones(store: Store) -> None:
    prepare(read_settings({}), store)
    fit_keys(store, FileVault(Path("data/keys.toml")))
    Path("data/keys.toml").unlink()
    with pytest.raises(SettingsError, match=r"data/keys\.toml is missing"):
        prepare(read_settings({}), store)
    assert not Path("data/keys.toml").exists()


def test_a_folder_that_cannot_be_made_is_told(store: Store) -> None:
    Path("broken").symlink_to("nowhere")
    with pytest.raises(SettingsError, match="broken cannot be written"):
        prepare(read_settings({"MASKING_DATA_DIR": "broken", "MASKING_STORE": "sqlite:///data/masking.db"}), store)
