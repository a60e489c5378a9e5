"""Phone numbers: E.164 as text, and the real ones that never print."""

import re
from dataclasses import dataclass

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_HIDDEN = 5


def is_e164(text: str) -> bool:
    """Whether ``text`` is a number in E.164 with its ``+``: seven to fifteen digits (ITU-T E.164)."""
    return _E164.fullmatch(text) is not None


def from_digits(digits: str) -> str | None:
    """E.164 text for a number written without its ``+`` (the provider's wire), or None."""
    text = "+" + digits
    return text if _E164.fullmatch(text) else None


def redact(e164: str) -> str:
    """The number as it may be shown anywhere: ``+41•••••6727``, and fewer digits of a shorter one."""
    shown = min(4, max(len(e164) - 3 - _HIDDEN, 0))
    end = len(e164) - shown
    return e164[:3] + "•" * (end - 3) + e164[end:]


def redact_within(text: str) -> str:
    """The text with every number in it as it may be shown."""
    return _E164.sub(lambda number: redact(number[0]), text)


@dataclass(frozen=True, slots=True, repr=False)
class RealNumber:
    """A participant's own number, in E.164.

    It prints redacted; only ``e164`` and ``digits`` give it away, and only what dials, seals or was
    asked to reveal it may read them. Raises ValueError (without the text) for anything but E.164.
    """

    e164: str

    def __post_init__(self) -> None:
        """Refuse what is not E.164."""
        if _E164.fullmatch(self.e164) is None:
            raise ValueError("not an E.164 phone number")

    @property
    def digits(self) -> str:
        """The number without its ``+``, as the provider writes it."""
        return self.e164[1:]

    def __repr__(self) -> str:
        """Redacted."""
        return redact(self.e164)

    __str__ = __repr__
