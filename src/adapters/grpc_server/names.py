"""Resource names.

``sessions/{session}``, ``calls/{call}``, ``recordings/{recording}``, ``pools/{pool}`` and
``pools/{pool}/numbers/{number}``.
"""

import re
from dataclasses import dataclass

from masking_core.errors import InvalidArgument

_SESSION = re.compile(r"sessions/([a-z0-9-]{1,36})")
_CALL = re.compile(r"calls/([!-~]{1,200})")
_RECORDING = re.compile(r"recordings/([A-Za-z0-9_-][!-.0-~]{0,199})")
_POOL = re.compile(r"pools/([a-z0-9][a-z0-9-]{0,62})")
_NUMBER = re.compile(r"pools/(-|[a-z0-9][a-z0-9-]{0,62})/numbers/(\+[1-9][0-9]{6,14})")


@dataclass(frozen=True, slots=True)
class NumberName:
    """A virtual number in E.164, and the pool it is looked for in; any, when that is empty."""

    pool: str
    number: str


def parse_session(field: str, name: str) -> str:
    """The id in ``sessions/{session}``. Raises InvalidArgument naming ``field``."""
    return _matched(_SESSION, field, name, "sessions/{session}")[1]


def parse_call(field: str, name: str) -> str:
    """The id in ``calls/{call}``, ours or the provider's. Raises InvalidArgument naming ``field``."""
    return _matched(_CALL, field, name, "calls/{call}")[1]


def parse_recording(field: str, name: str) -> str:
    """The provider's file id in ``recordings/{recording}``. Raises InvalidArgument naming ``field``."""
    return _matched(_RECORDING, field, name, "recordings/{recording}")[1]


def parse_pool(field: str, name: str) -> str:
    """The pool in ``pools/{pool}``. Raises InvalidArgument naming ``field``."""
    return _matched(_POOL, field, name, "pools/{pool}")[1]


def parse_number(field: str, name: str) -> NumberName:
    """The number in ``pools/{pool}/numbers/{number}``, any pool for ``-``. Raises InvalidArgument."""
    matched = _matched(_NUMBER, field, name, "pools/{pool}/numbers/{number}, the number in E.164")
    return NumberName("" if matched[1] == "-" else matched[1], matched[2])


def _matched(pattern: re.Pattern[str], field: str, name: str, form: str) -> re.Match[str]:
    matched = pattern.fullmatch(name)
    if matched is None:
        raise InvalidArgument(field, f"must read {form}" if name else f"is needed, and reads {form}")
    return matched


def session_name(session_id: str) -> str:
    """``sessions/{session}``; empty for no session."""
    return f"sessions/{session_id}" if session_id else ""


def call_name(call_id: str) -> str:
    """``calls/{call}``."""
    return f"calls/{call_id}"


def recording_name(file_id: str) -> str:
    """``recordings/{recording}``."""
    return f"recordings/{file_id}"


def pool_name(pool: str) -> str:
    """``pools/{pool}``."""
    return f"pools/{pool}"


def number_name(pool: str, number: str) -> str:
    """``pools/{pool}/numbers/{number}``."""
    return f"pools/{pool}/numbers/{number}"
