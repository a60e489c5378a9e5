"""The world's numbering plans, as the ``phonenumbers`` library knows them.

No number is cached: a cache would hold real ones for as long as it liked. The plans' patterns are, some fifteen
hundred of them: Python by itself keeps a third, and would compile anew what the next country's number needs.
"""

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from masking_core.phone_number import is_e164
from masking_core.ports.numbering import NumberDescription, NumberKind

phonenumbers.enable_pattern_cache()

_SHORT_TEXT = re.compile(r"\+?[0-9]{2,6}")
_LONGEST_SHORT = 6
_NO_REGION = "001"

_ORDINARY: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UAN,
    }
)
_CALLER_PAYS_MORE: Final = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})

_FICTIONAL: Final = ((re.compile(r"\+447700900[0-9]{3}"), "GB"),)
"""Ranges kept for examples, which can be nobody's, and which the library takes for invalid (Ofcom)."""

_MOBILE_PREFIXES_ARE_OPERATORS: Final = frozenset({62})
"""Country codes whose mobile numbers the library takes for geographical (Indonesia)."""

_INVALID = NumberDescription(NumberKind.INVALID)
_SHORT = NumberDescription(NumberKind.SHORT)
_EMERGENCY = NumberDescription(NumberKind.EMERGENCY)
_PREMIUM_RATE = NumberDescription(NumberKind.PREMIUM_RATE)


class PhonenumbersPlan:
    """Describes numbers. Port: ``NumberingPlan``."""

    def describe(self, text: str) -> NumberDescription:
        """What the number is; ``text`` is E.164 with ``+`` and in no other spelling."""
        if is_e164(text):
            return _describe_e164(text)
        if _SHORT_TEXT.fullmatch(text):
            return _describe_short(text)
        return _INVALID


def _describe_e164(text: str) -> NumberDescription:
    for numbers, country in _FICTIONAL:
        if numbers.fullmatch(text):
            return NumberDescription(NumberKind.ORDINARY, text, country)
    number = _parsed(text)
    if number is None:
        return _INVALID
    if _is_emergency(number):
        return _EMERGENCY
    kind = phonenumbers.number_type(number)
    if kind in _CALLER_PAYS_MORE:
        return _PREMIUM_RATE
    if kind in _ORDINARY:
        region = phonenumbers.region_code_for_number(number) or _NO_REGION
        return NumberDescription(NumberKind.ORDINARY, text, "" if region == _NO_REGION else region, _area(number))
    return _SHORT if phonenumbers.is_valid_short_number(number) else _INVALID


def _describe_short(text: str) -> NumberDescription:
    """A number too short for E.164: EMERGENCY if it is one as it stands, anywhere, or after its country code."""
    digits = text.removeprefix("+")
    if any(phonenumbers.is_emergency_number(digits, region) for region in phonenumbers.SUPPORTED_SHORT_REGIONS):
        return _EMERGENCY
    number = _parsed("+" + digits)
    return _EMERGENCY if number is not None and _is_emergency(number) else _SHORT


def _parsed(text: str) -> PhoneNumber | None:
    """The number, or None for one that could be written otherwise: with a zero too many, say."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    canonical = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return number if canonical == text else None


def _is_emergency(number: PhoneNumber) -> bool:
    """Whether the number within its country is an emergency number of it."""
    digits = phonenumbers.national_significant_number(number)
    if len(digits) > _LONGEST_SHORT:
        return False
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    return any(phonenumbers.is_emergency_number(digits, region) for region in regions)


def _area(number: PhoneNumber) -> str:
    """The geographical area code; a mobile number has one where mobile numbers belong to areas."""
    code = number.country_code or 0
    if code in _MOBILE_PREFIXES_ARE_OPERATORS and phonenumbers.number_type(number) == PhoneNumberType.MOBILE:
        return ""
    length = phonenumbers.length_of_geographical_area_code(number)
    area = phonenumbers.national_significant_number(number)[:length]
    return area.removeprefix(phonenumbers.country_mobile_token(code))
