"""JSON objects read strictly: what a signature vouches for must have one meaning."""

import json
import re
from typing import Final, NoReturn

_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<bad>u0000|u[dD][89a-fA-F])|.)", re.DOTALL
)


class MalformedWebhook(ValueError):
    """A webhook's body is not what the provider sends; the text says why and holds nothing of the body."""


class Members(list[tuple[str, object]]):
    """An object's members in their order, repeated ones included."""


class Number(str):
    """A number as it was written."""

    __slots__ = ()


def members_of(body: bytes) -> Members:
    """The members of the JSON object that ``body`` is. Raises MalformedWebhook, whatever the bytes are.

    Refused beside what RFC 8259 refuses: a byte order mark, and a NUL or half a surrogate pair in
    any string, which a store could not keep.
    """
    try:
        text = body.decode()
        value = _decoder.decode(text)
    except UnicodeDecodeError:
        raise MalformedWebhook("the body is not UTF-8") from None
    except RecursionError:
        raise MalformedWebhook("the body is nested too deeply") from None
    except ValueError:
        raise MalformedWebhook("the body is not JSON") from None
    if not isinstance(value, Members):
        raise MalformedWebhook("the body is not a JSON object")
    if any(escape.lastgroup == "bad" for escape in _ESCAPE.finditer(text)):
        raise MalformedWebhook("a string holds a NUL or half a surrogate pair")
    return value


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=Members, parse_int=Number, parse_float=Number, parse_constant=_refuse
)
