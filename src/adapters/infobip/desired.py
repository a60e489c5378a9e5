"""What shall be set up at Infobip: read from ``infobip.toml``, or taken from the settings."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters import settings_values as values
from adapters.infobip.wire import Draft
from adapters.settings import Settings
from adapters.settings_sources import SettingsError
from masking_core.audio import Announcement
from masking_core.phone_number import is_e164

DEFAULT_FILE: Final = Path("infobip.toml")
_NAME: Final = re.compile(r"[a-zA-Z0-9 ]{1,100}")
_DESCRIPTION: Final = re.compile(r"[a-zA-Z0-9 ]*")
_URLS: Final = ("callback_url", "status_url", "backup_callback_url", "backup_status_url")
_CONFIGURATION: Final = {"name", "description", *_URLS}
_POOL: Final = {"countries", "tags", "numbers", "audio"}
_MAX_AUDIO: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A recording of a pool's own: an mp3 to upload, known by the digest of its bytes, or a URL to be played from."""

    digest: str = ""
    data: bytes = field(default=b"", repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the account's numbers a pool shall have: those of any country, tag or list named."""

    pool: str
    countries: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    audio: Mapping[Announcement, AudioFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desired:
    """What shall be; ``selections`` None leaves the pools as they are, and their numbers with them."""

    draft: Draft
    selections: tuple[Selection, ...] | None = None


def read_desired(path: Path | None, settings: Settings) -> Desired:
    """Read the file at ``path``, or ``infobip.toml`` where there is one; else the settings say it all.

    Raises SettingsError, and for URLs whose signatures the edge would refuse.
    """
    source = path or DEFAULT_FILE
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if path is not None:
            raise SettingsError(f"{path} does not exist") from error
        return Desired(_draft({}, settings, "the settings"))
    except OSError as error:
        raise SettingsError(f"{source} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{source} is not TOML: {error}") from error
    unknown = sorted(set(table) - _CONFIGURATION - {"pools"})
    if unknown:
        raise SettingsError(f"{source}: there is no member {unknown[0]}")
    draft = _draft(table, settings, str(source))
    pools = table.get("pools")
    if pools is None:
        return Desired(draft)
    if not isinstance(pools, dict) or not all(isinstance(each, dict) for each in pools.values()):
        raise SettingsError(f"{source}: pools are tables, as in [pools.ride-uk]")
    return Desired(draft, tuple(_selection(source, name, members) for name, members in pools.items()))


def _draft(table: Mapping[str, Any], settings: Settings, source: str) -> Draft:
    callbacks, reports = (*settings.callback_urls, ""), (*settings.status_urls, "")
    defaults = dict(zip(_URLS, (callbacks[0], reports[0], callbacks[1], reports[1]), strict=True))
    urls = {name: _url(source, name, table.get(name, default)) for name, default in defaults.items()}
    for name, url in urls.items():
        accepted, setting = (
            (settings.callback_urls, "MASKING_CALLBACK_URLS")
            if "callback" in name
            else (settings.status_urls, "MASKING_STATUS_URLS")
        )
        if url and url not in accepted:
            raise SettingsError(
                f"{source}: {name} is not among {setting}, so the edge would refuse what is signed for it"
            )
    name, description = table.get("name", "Masking"), table.get("description", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SettingsError(f"{source}: name has 1 to 100 of a-z, A-Z, 0-9 and space")
    if not isinstance(description, str) or not _DESCRIPTION.fullmatch(description):
        raise SettingsError(f"{source}: description has a-z, A-Z, 0-9 and space alone")
    return Draft(name=name, description=description, **urls)


def _url(source: str, name: str, value: object) -> str:
    if value == "" and name != "callback_url":
        return ""
    try:
        return values.url(value)
    except ValueError as error:
        raise SettingsError(f"{source}: {name} {error}") from error


def _selection(source: Path, pool: str, members: Mapping[str, Any]) -> Selection:
    where = f"{source}: pools.{pool}"
    unknown = sorted(set(members) - _POOL)
    if unknown:
        raise SettingsError(f"{where} has no member {unknown[0]}")
    texts: dict[str, frozenset[str]] = {}
    for name in ("countries", "tags", "numbers"):
        given = members.get(name, [])
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise SettingsError(f"{where}.{name} must be a list of texts")
        texts[name] = frozenset(given)
    if not all(is_e164(number) for number in texts["numbers"]):
        raise SettingsError(f"{where}.numbers must be in E.164, as in +442079460000")
    if not all(re.fullmatch("[A-Z]{2}", country) for country in texts["countries"]):
        raise SettingsError(f"{where}.countries must be ISO 3166-1 alpha-2 codes")
    audio = members.get("audio", {})
    if not isinstance(audio, dict):
        raise SettingsError(f"{where}.audio must be a table")
    return Selection(
        pool, **texts, audio={_announcement(where, name): _audio(where, source, audio[name]) for name in audio}
    )


def _announcement(where: str, name: str) -> Announcement:
    try:
        return Announcement(name)
    except ValueError:
        raise SettingsError(f"{where}.audio: {name} is none of {', '.join(Announcement)}") from None


def _audio(where: str, source: Path, given: object) -> AudioFile:
    """The file named, relative to the folder of ``source``, or a URL."""
    if isinstance(given, str) and given.startswith(("http://", "https://")):
        return AudioFile(url=given)
    try:
        data = (source.parent / values.path(given)).read_bytes()
    except (ValueError, OSError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"{where}.audio: a file cannot be read: {problem}") from error
    if not 0 < len(data) <= _MAX_AUDIO:
        raise SettingsError(f"{where}.audio: a file has at most 4 MB, and something in it")
    return AudioFile(hashlib.sha256(data).hexdigest(), data)
