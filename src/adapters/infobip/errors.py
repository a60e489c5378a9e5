"""What Infobip says when it does not do what it was asked, and what to do about that."""

import json
import re
from typing import Any, Final

_LONGEST: Final = 300
_NUMBER: Final = re.compile(r"\+?[0-9]{7,}")
_BAD_REQUEST: Final = 400
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500

_ADVICE: Final = {
    400: "compare what was sent with what Infobip's documentation allows",
    401: "check MASKING_INFOBIP_API_KEY, and that MASKING_INFOBIP_BASE_URL is the one of the same account",
    403: "give the API key the scopes for numbers and for number masking",
    404: "somebody may have removed it meanwhile; run the command again",
    409: "somebody may have changed it meanwhile; run the command again",
    429: "run the command again later; it goes on where it was",
}


class InfobipError(Exception):
    """Infobip refused, failed, or cannot be reached. ``status`` is the HTTP status, 0 where there was no answer."""

    def __init__(self, sentence: str, status: int = 0, message_id: str = "") -> None:
        """Take the sentence for people, and what programs branch on."""
        super().__init__(sentence)
        self.status = status
        self.message_id = message_id

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return not _BAD_REQUEST <= self.status < _SERVER_ERROR or self.status == _TOO_MANY


class Unsure(InfobipError):
    """There was no answer, or a broken one: what was asked may have been done, and only reading tells."""


def refusal(what: str, status: int, body: bytes) -> InfobipError:
    """The error for an answer that is none: Infobip's own words, and what to do.

    ``what`` is the request as people would name it. Numbers in Infobip's words are hidden.
    """
    message_id, words = _own_words(body)
    advice = _ADVICE.get(status, "try again later; Infobip's status page tells of outages")
    said = f" {words}" if words else ""
    named = f" ({message_id})" if message_id else ""
    sentence = f"Infobip answered {status} to {what}:{said}{named}; {advice}"
    kind = Unsure if status >= _SERVER_ERROR else InfobipError
    return kind(sentence, status, message_id)


def no_answer(what: str, problem: str, *, sent: bool) -> InfobipError:
    """The error for a request that got no answer; ``sent`` says whether Infobip may have had it."""
    kind = Unsure if sent else InfobipError
    return kind(f"Infobip did not answer {what} ({problem}); check MASKING_INFOBIP_BASE_URL and the network")


def unreadable(what: str) -> InfobipError:
    """The error for an answer that does not read as documented."""
    return InfobipError(f"Infobip's answer to {what} does not read as documented; is MASKING_INFOBIP_BASE_URL right?")


def _own_words(body: bytes) -> tuple[str, str]:
    """The message id and the words of an error body; both may be empty."""
    try:
        told: Any = json.loads(body)["requestError"]["serviceException"]
        words = [str(told.get("text") or "")]
        for member, problems in (told.get("validationErrors") or {}).items():
            shown = problems if isinstance(problems, list) else [problems]
            words.append(f"{member} {', '.join(map(str, shown))}")
        message_id = str(told.get("messageId") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        message_id, words = "", [body[:_LONGEST].decode(errors="replace")]
    return message_id[:100], _NUMBER.sub("•••••", " ".join(": ".join(filter(None, words)).split())[:_LONGEST])
