"""How Infobip's API says no."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_MESSAGE_IDS: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    416: "RANGE_NOT_SATISFIABLE",
    429: "TOO_MANY_REQUESTS",
    500: "GENERAL_ERROR",
}


class Refusal(Exception):
    """A request is refused; ``wrong`` tells by member what is wrong with it."""

    def __init__(self, status: int, text: str, wrong: Mapping[str, Sequence[str]] | None = None) -> None:
        """Take the HTTP status and a sentence."""
        super().__init__(text)
        self.status = status
        self.wrong = wrong or {}

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        told: dict[str, Any] = {"messageId": _MESSAGE_IDS.get(self.status, "GENERAL_ERROR"), "text": str(self)}
        if self.wrong:
            told["validationErrors"] = {member: list(problems) for member, problems in self.wrong.items()}
        return {"requestError": {"serviceException": told}}


def invalid(member: str, problem: str) -> Refusal:
    """The refusal of a request with one wrong member."""
    return Refusal(400, "Bad request", {member: [problem]})


def missing(what: str) -> Refusal:
    """The refusal of a request for something that is not there."""
    return Refusal(404, f"{what} not found")
