"""How values are written on the command line. No refusal repeats the value: it may hold a participant's number."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import click

from adapters import settings_values
from masking_core.audio import Announcement
from masking_core.phone_number import is_e164

_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_LONGEST = timedelta(days=100 * 366)
_ANY = "any"
_WITHHELD = "anonymous"
_CALLER_ID_WORDS: Final = ("counterpart-proxy", "dialled")
AUDIO_HELP: Final = f"file:ID, a URL, or one of {', '.join(Announcement)}"


@dataclass(frozen=True, slots=True)
class ParticipantArgument:
    """One participant as written: real numbers, the first to be dialled, and a label."""

    phone_numbers: tuple[str, ...] = field(repr=False)
    label: str


class DurationType(click.ParamType[timedelta]):
    """``90s``, ``15m``, ``2h``, ``3d``, or several together: ``1h30m``."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read one."""
        if isinstance(value, timedelta):
            return value
        match = _DURATION.fullmatch(str(value))
        if match is None or not any(match.groups()):
            self.fail("a duration reads 90s, 15m, 2h, 3d or 1h30m", param, ctx)
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if duration > _LONGEST:
            self.fail("that is more than a hundred years", param, ctx)
        return duration


class TimeType(click.ParamType[datetime]):
    """A point in time in RFC 3339."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read one; it must say its zone."""
        try:
            time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            time = None
        if time is None or time.tzinfo is None:
            self.fail("a time is written in RFC 3339, as in 2027-01-31T18:00:00Z", param, ctx)
        return time


class NumberType(click.ParamType[str]):
    """A phone number in E.164; ``other`` is a word that may stand in its place."""

    name = "number"

    def __init__(self, other: str = "") -> None:
        """Take the word, or none."""
        self._other = other

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read one; the word becomes the empty text."""
        if self._other and value in (self._other, ""):
            return ""
        if not is_e164(str(value)):
            also = f", or {self._other}" if self._other else ""
            self.fail(f"a number is written in E.164, a plus sign and 7 to 15 digits{also}", param, ctx)
        return str(value)


class ParticipantType(click.ParamType[ParticipantArgument]):
    """``NUMBER[,NUMBER...][=LABEL]``."""

    name = "participant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ParticipantArgument:
        """Read one."""
        if isinstance(value, ParticipantArgument):
            return value
        numbers, _, label = str(value).partition("=")
        listed = tuple(number.strip() for number in numbers.split(","))
        if not all(is_e164(number) for number in listed):
            self.fail("a participant reads NUMBER[,NUMBER...][=LABEL], with numbers in E.164", param, ctx)
        return ParticipantArgument(listed, label)


@dataclass(frozen=True, slots=True)
class AudioArgument:
    """A recording as written; one of the three is not empty."""

    file_id: str = ""
    file_url: str = ""
    standard: str = ""


class AudioType(click.ParamType[AudioArgument]):
    """A file of the provider's, a URL, or a standard announcement."""

    name = "audio"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> AudioArgument:
        """Read one."""
        if isinstance(value, AudioArgument):
            return value
        given = str(value)
        if given.startswith("file:") and given != "file:":
            return AudioArgument(file_id=given.removeprefix("file:"))
        if given.startswith(("http://", "https://")):
            return AudioArgument(file_url=given)
        if given not in list(Announcement):
            self.fail(f"a recording is {AUDIO_HELP}", param, ctx)
        return AudioArgument(standard=given)


@dataclass(frozen=True, slots=True)
class CallerIdArgument:
    """Which of our numbers the callee sees, as written; ``number`` alone for a fixed one."""

    word: str = ""
    number: str = ""


class CallerIdType(click.ParamType[CallerIdArgument]):
    """``counterpart-proxy``, ``dialled`` or a virtual number."""

    name = "caller id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> CallerIdArgument:
        """Read one."""
        if isinstance(value, CallerIdArgument):
            return value
        given = str(value)
        if is_e164(given):
            return CallerIdArgument(number=given)
        if given not in _CALLER_ID_WORDS:
            self.fail(f"a caller ID is {', '.join(_CALLER_ID_WORDS)}, or a virtual number in E.164", param, ctx)
        return CallerIdArgument(word=given)


class PairType(click.ParamType[tuple[str, str]]):
    """``KEY=VALUE``."""

    name = "pair"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Read one."""
        if isinstance(value, tuple):
            return value
        key, equals, text = str(value).partition("=")
        if not equals or not key:
            self.fail("reads KEY=VALUE", param, ctx)
        return key, text


class SettingType(click.ParamType[str]):
    """What a setting of the same kind accepts."""

    def __init__(self, name: str, read: Callable[[object], str]) -> None:
        """Take the kind's name, and what reads it or raises ValueError."""
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read one."""
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION: Final = DurationType()
TIME: Final = TimeType()
NUMBER: Final = NumberType()
NUMBER_OR_ANY: Final = NumberType(_ANY)
CALLER: Final = NumberType(_WITHHELD)
PARTICIPANT: Final = ParticipantType()
AUDIO: Final = AudioType()
CALLER_ID: Final = CallerIdType()
PAIR: Final = PairType()
ADDRESS: Final = SettingType("address", settings_values.address)
BASE_URL: Final = SettingType("url", settings_values.base_url)
