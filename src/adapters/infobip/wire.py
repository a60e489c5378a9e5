"""What Infobip's API calls things: its documents to ours and back. Raises ValueError for what does not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from masking_core.phone_number import from_digits

MASKING: Final = "VOICE_NUMBER_MASKING"
_CONFIGURATION_MEMBERS: Final = {
    "name": "name",
    "callback_url": "callbackUrl",
    "status_url": "statusUrl",
    "backup_callback_url": "backupCallbackUrl",
    "backup_status_url": "backupStatusUrl",
    "description": "description",
}


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number of the account: ``key`` is Infobip's, ``number`` E.164; a short code has its digits alone."""

    key: str
    number: str
    country: str
    voice: bool
    sms: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A masking configuration as one wants it; empty members are left out."""

    name: str
    callback_url: str
    status_url: str = ""
    backup_callback_url: str = ""
    backup_status_url: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class MaskingConfiguration:
    """A masking configuration as it is."""

    key: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class VoiceAction:
    """What becomes of calls to a number; ``configuration_key`` is empty for any other action than masking."""

    kind: str
    configuration_key: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The account's webhook credentials; ``key`` is empty where Infobip does not tell it."""

    api_id: str
    key: str = field(repr=False)


def read_number(document: Mapping[str, Any]) -> OwnedNumber:
    """One of the numbers of a list."""
    digits = _text(document, "number")
    capabilities = {str(each).upper() for each in document.get("capabilities") or ()}
    labels = [*(document.get("tags") or ()), document.get("applicationId"), document.get("entityId")]
    return OwnedNumber(
        key=_text(document, "numberKey"),
        number=from_digits(digits.removeprefix("+")) or digits,
        country=str(document.get("country") or "").upper(),
        voice="VOICE" in capabilities,
        sms="SMS" in capabilities,
        tags=tuple(str(each) for each in labels if each),
    )


def read_configuration(document: Mapping[str, Any]) -> MaskingConfiguration:
    """A masking configuration."""
    members = {ours: str(document.get(theirs) or "") for ours, theirs in _CONFIGURATION_MEMBERS.items()}
    return MaskingConfiguration(_text(document, "key"), Draft(**members))


def write_configuration(draft: Draft) -> dict[str, str]:
    """The body that makes or replaces a configuration."""
    return {_CONFIGURATION_MEMBERS[each.name]: text for each in fields(draft) if (text := getattr(draft, each.name))}


def read_voice(document: Mapping[str, Any]) -> VoiceAction | None:
    """The voice action of a number, None where there is none."""
    action = document.get("action")
    if not action:
        return None
    return VoiceAction(_text(action, "type"), str(action.get("voiceNumberMaskingConfigKey") or ""))


def write_masking(configuration_key: str) -> dict[str, Any]:
    """The body that leads a number's calls to a masking configuration."""
    return {"action": {"type": MASKING, "voiceNumberMaskingConfigKey": configuration_key}}


def read_pair(document: Mapping[str, Any]) -> Pair:
    """The webhook credentials."""
    return Pair(_text(document, "apiId"), str(document.get("key") or ""))


def _text(document: Mapping[str, Any], member: str) -> str:
    value = document.get(member)
    if not isinstance(value, str) or not value:
        raise ValueError(f"the member {member} is missing")
    return value
