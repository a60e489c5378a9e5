"""An account at Infobip: its numbers, masking configurations, voice set-ups and webhook credentials.

Documents are kept as they were posted, with Infobip's names of their members. Whoever calls holds the lock.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Final

from adapters.infobip_simulator.media import Media
from adapters.infobip_simulator.refusals import Refusal, invalid, missing

Document = dict[str, Any]

MASKING: Final = "VOICE_NUMBER_MASKING"
_CONFIGURATION_MEMBERS: Final = (
    "name",
    "callbackUrl",
    "statusUrl",
    "backupCallbackUrl",
    "backupStatusUrl",
    "description",
)
_NAME: Final = re.compile(r"[a-zA-Z0-9 ]{1,100}")
_DESCRIPTION: Final = re.compile(r"[a-zA-Z0-9 ]*")
_SECRET: Final = re.compile(r"[a-zA-Z0-9-]{1,80}")
_ACTION: Final = re.compile(r"[A-Z_]+")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")
_HIGHEST_LIMIT: Final = 1000


@dataclass(slots=True)
class RentedNumber:
    """A number of the account. ``voice`` is its one voice action, or None."""

    key: str
    number: str
    country: str
    capabilities: tuple[str, ...] = ("SMS", "VOICE")
    tags: tuple[str, ...] = ()
    voice: Document | None = None

    def document(self) -> Document:
        """The number as a list shows it."""
        return {
            "numberKey": self.key,
            "number": self.number,
            "country": self.country,
            "type": "VIRTUAL_LONG_NUMBER",
            "capabilities": list(self.capabilities),
            "shared": False,
            "tags": list(self.tags),
            "voiceSetup": self.voice,
        }


@dataclass(slots=True)
class Account:
    """One account. ``numbers`` are by key, ``configurations`` too."""

    numbers: dict[str, RentedNumber] = field(default_factory=dict)
    configurations: dict[str, Document] = field(default_factory=dict)
    credentials: Document | None = None
    media: Media = field(default_factory=Media)
    lock: RLock = field(default_factory=RLock)

    def rent(
        self,
        numbers: Iterable[str],
        country: str = "GB",
        *,
        capabilities: tuple[str, ...] = ("SMS", "VOICE"),
        tags: tuple[str, ...] = (),
    ) -> None:
        """Add numbers, in E.164, to the account."""
        with self.lock:
            for number in numbers:
                key = uuid.uuid5(uuid.NAMESPACE_OID, number).hex.upper()
                self.numbers[key] = RentedNumber(key, number.removeprefix("+"), country, capabilities, tags)

    def cancel(self, number: str) -> None:
        """Give a number back: it is gone, and its set-up with it."""
        with self.lock:
            rented = self.find(number)
            if rented is not None:
                del self.numbers[rented.key]

    def find(self, number: str) -> RentedNumber | None:
        """The number, with or without its plus sign."""
        digits = number.removeprefix("+")
        return next((each for each in self.numbers.values() if each.number == digits), None)

    def list_numbers(self, limit: int, page: int, number: str) -> Document:
        """A page of the numbers whose digits contain ``number``; the first page is 0."""
        if not 1 <= limit <= _HIGHEST_LIMIT:
            raise invalid("limit", f"must be between 1 and {_HIGHEST_LIMIT}")
        if page < 0:
            raise invalid("page", "must not be negative")
        found = sorted((each for each in self.numbers.values() if number in each.number), key=lambda each: each.number)
        shown = found[page * limit : (page + 1) * limit]
        return {"numbers": [each.document() for each in shown], "numberCount": len(found)}

    def number(self, key: str) -> RentedNumber:
        """The number of this key."""
        if key not in self.numbers:
            raise missing("Number")
        return self.numbers[key]

    def voice(self, key: str) -> Document:
        """The voice set-up of a number."""
        voice = self.number(key).voice
        if voice is None:
            raise missing("Voice setup")
        return voice

    def create_voice(self, key: str, body: Mapping[str, Any]) -> Document:
        """Set a number up that is not."""
        if self.number(key).voice is not None:
            raise Refusal(409, "Voice setup already exists for this number")
        return self._put_voice(key, body)

    def replace_voice(self, key: str, body: Mapping[str, Any]) -> Document:
        """Set a number up otherwise."""
        self.voice(key)
        return self._put_voice(key, body)

    def delete_voice(self, key: str) -> None:
        """Leave a number without a set-up."""
        self.voice(key)
        self.number(key).voice = None

    def _put_voice(self, key: str, body: Mapping[str, Any]) -> Document:
        number = self.number(key)
        if "VOICE" not in number.capabilities:
            raise Refusal(400, "Number does not support voice")
        action = body.get("action")
        if not isinstance(action, dict) or not _ACTION.fullmatch(str(action.get("type", ""))):
            raise invalid("action.type", "must not be null")
        if action["type"] == MASKING and action.get("voiceNumberMaskingConfigKey") not in self.configurations:
            raise invalid("action.voiceNumberMaskingConfigKey", "configuration does not exist")
        number.voice = {"action": dict(action)}
        return number.voice

    def configuration(self, key: str) -> Document:
        """The masking configuration of this key."""
        if key not in self.configurations:
            raise missing("Configuration")
        return self.configurations[key]

    def create_configuration(self, body: Mapping[str, Any]) -> Document:
        """A new masking configuration."""
        self._check_configuration(body, "")
        return self._put_configuration(uuid.uuid4().hex.upper(), body, _now())

    def replace_configuration(self, key: str, body: Mapping[str, Any]) -> Document:
        """Put another configuration in the place of one; members that are absent are no more."""
        before = self.configuration(key)
        self._check_configuration(body, key)
        return self._put_configuration(key, body, before["insertDateTime"])

    def delete_configuration(self, key: str) -> None:
        """Remove a configuration, also from under the numbers that lead to it: nobody answers their calls then."""
        self.configuration(key)
        del self.configurations[key]

    def _put_configuration(self, key: str, body: Mapping[str, Any], insert_time: str) -> Document:
        given = {member: body[member] for member in _CONFIGURATION_MEMBERS if body.get(member) is not None}
        self.configurations[key] = {"key": key, **given, "insertDateTime": insert_time, "updateDateTime": _now()}
        return self.configurations[key]

    def _check_configuration(self, body: Mapping[str, Any], own_key: str) -> None:
        name = body.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise invalid("name", "must match [a-zA-Z0-9 ]+ and have at most 100 characters")
        if not _DESCRIPTION.fullmatch(str(body.get("description") or "")):
            raise invalid("description", "must match [a-zA-Z0-9 ]*")
        for member in ("callbackUrl", "statusUrl", "backupCallbackUrl", "backupStatusUrl"):
            url = body.get(member)
            if (url is None and member == "callbackUrl") or (url is not None and not _URL.fullmatch(str(url))):
                raise invalid(member, "must be a valid URL")
        if any(each["name"] == name for key, each in self.configurations.items() if key != own_key):
            raise Refusal(409, "Configuration with this name already exists")

    def get_credentials(self) -> Document:
        """The webhook credentials."""
        if self.credentials is None:
            raise missing("Credentials")
        return self.credentials

    def create_credentials(self, body: Mapping[str, Any]) -> Document:
        """Set credentials where there are none."""
        if self.credentials is not None:
            raise Refusal(409, "Credentials already exist")
        return self._put_credentials(body)

    def replace_credentials(self, body: Mapping[str, Any]) -> Document:
        """Set other credentials: every webhook from now on is signed with them."""
        self.get_credentials()
        return self._put_credentials(body)

    def delete_credentials(self) -> None:
        """Sign no more."""
        self.get_credentials()
        self.credentials = None

    def _put_credentials(self, body: Mapping[str, Any]) -> Document:
        for member in ("apiId", "key"):
            if not _SECRET.fullmatch(str(body.get(member) or "")):
                raise invalid(member, "must match [a-zA-Z0-9-]+ and have at most 80 characters")
        self.credentials = {"apiId": body["apiId"], "key": body["key"]}
        return self.credentials


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"
