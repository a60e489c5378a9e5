"""The file that says what shall be set up."""

from pathlib import Path

import pytest

from adapters.infobip.desired import Desired, read_desired
from adapters.infobip.wire import Draft
from adapters.settings import Settings, load_settings
from adapters.settings_sources import SettingsError
from masking_core.audio import Announcement

URL = "https://masking.example.org/infobip"


def settings(**more: str) -> Settings:
    return load_settings({"MASKING_PUBLIC_URL": "https://masking.example.org"} | more)


def read(text: str, **more: str) -> Desired:
    Path("infobip.toml").write_text(text)
    return read_desired(None, settings(**more))


def test_without_a_file_the_settings_say_it_all() -> None:
    assert read_desired(None, settings()) == Desired(Draft("Masking", f"{URL}/callback", f"{URL}/status"))
    both = settings(MASKING_CALLBACK_URLS=f"{URL}/callback {URL}/backup", MASKING_STATUS_URLS=f"{URL}/s {URL}/t")
    expected = Draft("Masking", f"{URL}/callback", f"{URL}/s", f"{URL}/backup", f"{URL}/t")
    assert read_desired(None, both).draft == expected


def test_a_file_names_the_configuration_and_selects_numbers_for_pools() -> None:
    Path("ended.mp3").write_bytes(b"ID3 ended")
    desired = read(
        """
        name = "Rides"
        description = "in the UK"
        status_url = ""
        [pools.ride-uk]
        countries = ["GB"]
        tags = ["rides"]
        numbers = ["+442079460000"]
        [pools.ride-uk.audio]
        session-ended = "ended.mp3"
        not-allowed = "https://masking.example.org/no.mp3"
        """
    )
    assert desired.draft == Draft("Rides", f"{URL}/callback", description="in the UK")
    assert desired.selections is not None
    (selection,) = desired.selections
    assert (selection.pool, sorted(selection.countries), sorted(selection.tags)) == ("ride-uk", ["GB"], ["rides"])
    assert selection.numbers == {"+442079460000"}
    assert selection.audio[Announcement.SESSION_ENDED].data == b"ID3 ended"
    assert selection.audio[Announcement.NOT_ALLOWED].url == "https://masking.example.org/no.mp3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = [", "not TOML"),
        ('nome = "x"', "no member nome"),
        ('name = "dash-ed"', "name has"),
        ('description = "dash-ed"', "description has"),
        ('callback_url = "https://elsewhere.example.org/callback"', "not among MASKING_CALLBACK_URLS"),
        ('backup_status_url = "https://elsewhere.example.org/status"', "not among MASKING_STATUS_URLS"),
        ('callback_url = ""', "callback_url must be"),
        ("callback_url = 7", "callback_url must be"),
        ("pools = 7", "pools are tables"),
        ("[pools]\nride-uk = 7", "pools are tables"),
        ("[pools.ride-uk]\ncolour = 7", "no member colour"),
        ('[pools.ride-uk]\ncountries = "GB"', "list of texts"),
        ('[pools.ride-uk]\ncountries = ["gb"]', "ISO 3166-1"),
        ('[pools.ride-uk]\nnumbers = ["442079460000"]', "E.164"),
        ("[pools.ride-uk]\naudio = 7", "must be a table"),
        ('[pools.ride-uk.audio]\nshouting = "x.mp3"', "shouting is none of"),
        ('[pools.ride-uk.audio]\nsession-ended = "missing.mp3"', "cannot be read"),
        ("[pools.ride-uk.audio]\nsession-ended = 7", "cannot be read"),
    ],
)
def test_a_wrong_file_is_told_with_the_place_and_without_numbers(text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as raised:
        read(text)
    assert "infobip.toml" in str(raised.value)
    assert "442079460000" not in str(raised.value).replace("as in +442079460000", "")


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        read_desired(tmp_path / "other.toml", settings())


@pytest.mark.parametrize("data", [b"", b"ID3" + bytes(4 * 1024 * 1024)])
def test_an_audio_file_has_something_in_it_and_is_not_too_large(data: bytes) -> None:
    Path("x.mp3").write_bytes(data)
    with pytest.raises(SettingsError, match="at most 4 MB"):
        read('[pools.a.audio]\nsession-ended = "x.mp3"')
