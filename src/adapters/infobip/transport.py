"""Requests to Infobip: with a time limit each, and repeated where that is safe."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from adapters.infobip.errors import InfobipError, no_answer, refusal, unreadable
from adapters.secret import Secret

_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_ATTEMPTS: Final = 6
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_UNSATISFIABLE: Final = 416
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; ``what`` names it for people. ``repeatable`` says that twice has the effect of once."""

    what: str
    method: str
    path: str
    query: Mapping[str, str | int] | None = None
    body: Mapping[str, Any] | None = None

    @property
    def repeatable(self) -> bool:
        """Every method but POST, by the API's own semantics."""
        return self.method != "POST"


class Transport:
    """A connection to one account. The key goes out in a header, and nowhere else."""

    def __init__(self, base_url: str, key: Secret, sleep: Sleep = time.sleep, attempts: int = _ATTEMPTS) -> None:
        """Connect when something is asked; ``attempts`` is how often the same request goes out at most."""
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"App {key.text}", "Accept": "application/json"},
            timeout=_TIMEOUT,
        )
        self._sleep = sleep
        self._attempts = attempts

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def ask(self, asked: Ask) -> Any:
        """The document answered, None for an empty one.

        Refusals and failures raise InfobipError; ``Unsure`` where a POST may have been carried out,
        which is not repeated.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(asked)
            except _Passing as passing:
                if attempt == self._attempts or not (asked.repeatable or passing.never_done):
                    raise passing.error from None
                self._sleep(_pause(attempt, passing.retry_after))
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def opened(self, asked: Ask, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The answer to a GET, to be read piece by piece inside; asked for once. Raises InfobipError.

        416 is an answer too: there is nothing at that offset.
        """
        try:
            with self._client.stream(asked.method, asked.path, headers=headers) as answer:
                if not answer.is_success and answer.status_code != _UNSATISFIABLE:
                    raise refusal(asked.what, answer.status_code, answer.read())
                yield answer
        except httpx.HTTPError as error:
            never_sent = isinstance(error, _NEVER_SENT)
            raise no_answer(asked.what, type(error).__name__, sent=not never_sent) from None

    def _once(self, asked: Ask) -> Any:
        try:
            answer = self._client.request(asked.method, asked.path, params=asked.query, json=asked.body)
        except httpx.TransportError as error:
            never_sent = isinstance(error, _NEVER_SENT)
            raise _Passing(no_answer(asked.what, type(error).__name__, sent=not never_sent), never_sent) from None
        except httpx.HTTPError as error:
            raise no_answer(asked.what, type(error).__name__, sent=True) from None
        if answer.is_success:
            return _document(asked, answer)
        told = refusal(asked.what, answer.status_code, answer.content)
        if answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR:
            retry_after = _seconds(answer.headers.get("Retry-After", ""))
            raise _Passing(told, answer.status_code == _TOO_MANY, retry_after) from None
        raise told


class _Passing(Exception):
    """What may pass: the error if it does not, and whether nothing was done."""

    def __init__(self, error: InfobipError, never_done: bool, retry_after: float = 0.0) -> None:  # noqa: FBT001 private
        super().__init__()
        self.error = error
        self.never_done = never_done
        self.retry_after = retry_after


def _document(asked: Ask, answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise unreadable(asked.what) from None


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _pause(attempt: int, retry_after: float) -> float:
    """Seconds before the next attempt: twice as long each time, and no less than Infobip asks for."""
    backoff = _FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 nobody must not guess it
    return float(min(max(backoff, retry_after), _LONGEST_PAUSE))
