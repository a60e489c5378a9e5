"""A thin client of Infobip's API: what number masking needs of it, in our words.

Every verb raises InfobipError. A POST whose answer was lost is found out by reading, never blindly repeated.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from adapters.infobip.errors import InfobipError, Unsure, unreadable
from adapters.infobip.transport import Ask, Transport
from adapters.infobip.wire import (
    Draft,
    MaskingConfiguration,
    OwnedNumber,
    Pair,
    VoiceAction,
    read_configuration,
    read_number,
    read_pair,
    read_voice,
    write_configuration,
    write_masking,
)

T = TypeVar("T")

_PAGE: Final = 100
_ATTEMPTS: Final = 4
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_CONFIGURATIONS: Final = "/voice/masking/2/config"
_CREDENTIALS: Final = "/voice/masking/2/credentials"


class InfobipClient:
    """One account."""

    def __init__(self, transport: Transport) -> None:
        """Take the connection."""
        self._transport = transport

    def numbers(self) -> list[OwnedNumber]:
        """Every number of the account."""
        what = "the list of numbers"
        for _ in range(_ATTEMPTS):
            found: dict[str, OwnedNumber] = {}
            page, total = 0, 1
            while len(found) < total:
                query = {"limit": _PAGE, "page": page}
                document = self._transport.ask(Ask(what, "GET", "/numbers/1/numbers", query))
                with _readable(what):
                    listed = [read_number(each) for each in document["numbers"]]
                    total = int(document["numberCount"])
                if not listed:
                    break
                found |= {each.key: each for each in listed}
                page += 1
            # Numbers that come or go while the pages are read move others across their borders.
            if len(found) == total or not total:
                return sorted(found.values(), key=lambda each: each.number)
        raise InfobipError("the list of Infobip's numbers changes faster than it can be read; try again later")

    def configurations(self) -> list[MaskingConfiguration]:
        """Every masking configuration of the account."""
        what = "the list of masking configurations"
        document = self._transport.ask(Ask(what, "GET", _CONFIGURATIONS))
        with _readable(what):
            return [read_configuration(each) for each in document or ()]

    def create_configuration(self, draft: Draft) -> MaskingConfiguration:
        """Make a masking configuration, whose name is its own."""
        what = "the creation of the masking configuration"
        asked = Ask(what, "POST", _CONFIGURATIONS, body=write_configuration(draft))

        def create() -> MaskingConfiguration:
            document = self._transport.ask(asked)
            with _readable(what):
                return read_configuration(document)

        def find() -> MaskingConfiguration | None:
            return next((each for each in self.configurations() if each.draft == draft), None)

        return _found_out(create, find)

    def replace_configuration(self, key: str, draft: Draft) -> None:
        """Change a masking configuration to this."""
        self._transport.ask(
            Ask("a changed masking configuration", "PUT", f"{_CONFIGURATIONS}/{key}", body=write_configuration(draft))
        )

    def delete_configuration(self, key: str) -> None:
        """Remove a masking configuration; one that is gone already is no matter."""
        self._delete("the removal of a masking configuration", f"{_CONFIGURATIONS}/{key}")

    def voice(self, number_key: str) -> VoiceAction | None:
        """What becomes of calls to a number; None when nothing is set up."""
        what = "a number's voice set-up"
        document = self._find(Ask(what, "GET", _voice(number_key)))
        with _readable(what):
            return read_voice(document or {})

    def assign(self, number_key: str, configuration_key: str, *, instead: bool) -> None:
        """Lead a number's calls to a masking configuration, ``instead`` of another action or where there is none.

        Without ``instead`` another action is never overwritten: it raises InfobipError with 409.
        """
        method = "PUT" if instead else "POST"
        what = "a number's new voice set-up"
        asked = Ask(what, method, _voice(number_key), body=write_masking(configuration_key))

        def find() -> Any:
            voice = self.voice(number_key)
            return voice if voice is not None and voice.configuration_key == configuration_key else None

        _found_out(lambda: self._transport.ask(asked), find)

    def unassign(self, number_key: str) -> None:
        """Leave a number without a voice set-up; one that has none already is no matter."""
        self._delete("the removal of a number's voice set-up", _voice(number_key))

    def pair(self) -> Pair | None:
        """The account's webhook credentials, None when there are none."""
        what = "the webhook credentials"
        document = self._find(Ask(what, "GET", _CREDENTIALS))
        with _readable(what):
            return None if document is None else read_pair(document)

    def set_pair(self, pair: Pair, *, instead: bool) -> None:
        """Sign webhooks with this pair from now on, ``instead`` of another or where there is none."""
        what = "new webhook credentials"
        body = {"apiId": pair.api_id, "key": pair.key}
        asked = Ask(what, "PUT" if instead else "POST", _CREDENTIALS, body=body)

        def find() -> Any:
            there = self.pair()
            return there if there is not None and there.api_id == pair.api_id else None

        _found_out(lambda: self._transport.ask(asked), find)

    def upload(self, *, content: bytes = b"", url: str = "") -> str:
        """Have Infobip keep an mp3, given or to be fetched, and return its file id.

        There is no list of files to find a lost answer by: then it is sent again, and the first is never played.
        """
        what = "an audio file"
        body = {"url": url} if url else {"content": base64.b64encode(content).decode()}
        document = _found_out(
            lambda: self._transport.ask(Ask(what, "POST", "/voice/masking/1/upload", body=body)), lambda: None
        )
        with _readable(what):
            return str(document["fileId"])

    def _find(self, asked: Ask) -> Any:
        try:
            return self._transport.ask(asked)
        except InfobipError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def _delete(self, what: str, path: str) -> None:
        self._find(Ask(what, "DELETE", path))


def _found_out(do: Callable[[], T], find: Callable[[], T | None]) -> T:
    """What ``do`` returns or, where its answer was lost, what ``find`` then finds; repeated when it finds nothing."""
    unsure: Unsure | None = None
    for _ in range(_ATTEMPTS):
        try:
            return do()
        except InfobipError as error:
            if isinstance(error, Unsure):
                unsure = error
            elif unsure is None or error.status != _CONFLICT:
                raise
            found = find()
            if found is not None:
                return found
            if not isinstance(error, Unsure):
                raise
    raise unsure or AssertionError("every attempt was unsure")


def _voice(number_key: str) -> str:
    return f"/numbers/2/numbers/{number_key}/voice"


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Tell of a document that lacks what it must have."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError):
        raise unreadable(what) from None
