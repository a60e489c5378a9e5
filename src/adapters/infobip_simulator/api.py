"""Infobip's API over one account: which request does what."""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.infobip_simulator.account import Account
from adapters.infobip_simulator.refusals import Refusal, invalid, missing

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; ``part`` is what its path names, and ``query`` has the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    part: str = ""

    def document(self) -> dict[str, Any]:
        """The JSON object posted."""
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refusal(400, "Request body is not a JSON object")
        return document

    def whole(self, name: str, default: int) -> int:
        """A whole number of the query."""
        given = self.query.get(name) or str(default)
        if not given.isascii() or not given.lstrip("-").isdigit():
            raise invalid(name, "must be a number")
        return int(given)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; ``document`` None is an empty body."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None

    def body(self) -> bytes:
        """The bytes of the answer."""
        if self.data is not None:
            return self.data
        return b"" if self.document is None else json.dumps(self.document, separators=(",", ":")).encode()


Handler = Callable[[Account, Request], Any]


class Api:
    """Answers requests to an account, whose owner has ``key``."""

    def __init__(self, account: Account, key: str) -> None:
        """Take the account and its API key."""
        self._account = account
        self._key = key

    def answer(self, request: Request) -> Answer:
        """Do what is asked, or say why not."""
        try:
            self.check_key(request)
            with self._account.lock:
                return _routed(self._account, request)
        except Refusal as refusal:
            return refused(refusal)

    def check_key(self, request: Request) -> None:
        """Refuse a request that does not come with the account's API key."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"App {self._key}".encode()):
            raise Refusal(401, "Invalid login details")


def refused(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer that a refusal is."""
    return Answer(refusal.status, refusal.document(), headers or {})


def _routed(account: Account, request: Request) -> Answer:
    known = False
    for pattern, methods in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match is None:
            continue
        known = True
        if request.method in methods:
            part = match[1] if match.re.groups else ""
            told = methods[request.method](
                account, Request(request.method, request.path, request.query, request.headers, request.body, part)
            )
            return told if isinstance(told, Answer) else Answer(204) if told is None else Answer(200, told)
    raise Refusal(405, "Method not allowed") if known else missing("Resource")


def _delete_configuration(account: Account, request: Request) -> Answer:
    """The API answers 200 here, and 204 elsewhere."""
    account.delete_configuration(request.part)
    return Answer(200)


def _list_numbers(account: Account, request: Request) -> Any:
    return account.list_numbers(request.whole("limit", 50), request.whole("page", 0), request.query.get("number", ""))


def _list_recordings(account: Account, request: Request) -> Any:
    if request.query.get("applicationId", "NUMBER_MASKING") != "NUMBER_MASKING":
        return {"results": [], "paging": {"page": 0, "size": 20, "totalPages": 0, "totalResults": 0}}
    return account.media.list_recordings(request.whole("page", 0), request.whole("size", 20))


def _download(account: Account, request: Request) -> Answer:
    data = account.media.recording(request.part).data
    headers = {"Content-Type": "audio/wav", "Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or not any(match.groups()):
        return Answer(200, data=data, headers=headers)
    first = int(match[1]) if match[1] else max(len(data) - int(match[2]), 0)
    last = min(int(match[2]), len(data) - 1) if match[1] and match[2] else len(data) - 1
    if first >= len(data) or first > last:
        return refused(Refusal(416, "Range not satisfiable"), {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Answer(206, data=data[first : last + 1], headers=headers)


_METHODS: Final[Mapping[str, Mapping[str, Handler]]] = {
    r"/numbers/1/numbers": {"GET": _list_numbers},
    r"/numbers/2/numbers/([^/]+)/voice": {
        "GET": lambda account, request: account.voice(request.part),
        "POST": lambda account, request: account.create_voice(request.part, request.document()),
        "PUT": lambda account, request: account.replace_voice(request.part, request.document()),
        "DELETE": lambda account, request: account.delete_voice(request.part),
    },
    r"/voice/masking/2/config": {
        "GET": lambda account, _: list(account.configurations.values()),
        "POST": lambda account, request: account.create_configuration(request.document()),
    },
    r"/voice/masking/2/config/([^/]+)": {
        "GET": lambda account, request: account.configuration(request.part),
        "PUT": lambda account, request: account.replace_configuration(request.part, request.document()),
        "DELETE": _delete_configuration,
    },
    r"/voice/masking/2/credentials": {
        "GET": lambda account, _: account.get_credentials(),
        "POST": lambda account, request: account.create_credentials(request.document()),
        "PUT": lambda account, request: account.replace_credentials(request.document()),
        "DELETE": lambda account, _: account.delete_credentials(),
    },
    r"/voice/masking/1/upload": {"POST": lambda account, request: account.media.upload(request.document())},
    r"/calls/1/recordings/dialogs": {"GET": _list_recordings},
    r"/calls/1/recordings/files/([^/]+)": {
        "GET": _download,
        "DELETE": lambda account, request: account.media.delete_recording(request.part),
    },
}

_ROUTES: Final = tuple((re.compile(path), methods) for path, methods in _METHODS.items())
