"""Requests that nobody ought to send, drawn from a seed: bytes, HTTP, headers and JSON."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from masking_core.signature import Credential, sign
from webhook_edge.infobip import parse_callback
from webhook_edge.status_reports import parse_status
from webhook_edge.strict_json import MalformedWebhook

ZONE: Final = ZoneInfo("UTC")
WEBHOOKS: Final = ("/infobip/callback", "/infobip/status")
ELSEWHERE: Final = ("/infobip/callback/", "/healthz", "/readyz", "/metrics", "/", "*")
METHODS: Final = (*["POST"] * 20, "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")
NAMES: Final = ("from", "to", "nmCorrelationId", "correlationId", "dtmfCaptured", "clientReferenceId", "currency", "x")
VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    1e308,
    "",
    "447700900101",
    "442079460001",
    "+",
    "\0",
    "\ud800",
    "é💥",
    [],
    {},
    "1" * 99,
)
ODD: Final = (
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\xff\xfe",
    b"%00",
    b":",
    b" ",
    b"\t",
    b"{",
    b'"',
    b"\x7f",
    b"0\r\n\r\n",
)
HEADERS: Final = (
    "Content-Length: 5", "Content-Length: -1", "Content-Length: 99999999999", "Content-Length: 1, 1",
    "Content-Length : 3", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: x",
    "Expect: 100-continue", "Expect: secret", "Connection: close", "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA", "Host:", "Host: a, b", "Range: bytes=-1",
    "If-None-Match: *", "X-Forwarded-For: 127.0.0.1, [::1", "X_Forwarded_For: 1", "Script-Name: /x", " folded: 1",
    "Cookie: " + "a=b;" * 400, "Accept: " + "*/*," * 100, "Content-Type: text/x; charset=\xff", ": 1", "bad name: 1",
)  # fmt: skip

Forge = tuple[bytes, bool]
"""The bytes of a request, and whether they are whole, so that another may follow."""


class FuzzedHttp:
    """Draws request after request. Those that are signed are malformed; those that are well formed are forged."""

    def __init__(self, seed: str, credential: Credential, public_url: str) -> None:
        self._random = Random(seed)
        self._credential = credential
        self._public_url = public_url
        self._kinds: tuple[tuple[int, Callable[[], Forge]], ...] = (
            (40, self._forged), (20, self._signed_nonsense), (20, self._odd_headers), (10, self._chunked),
            (5, self._mutated), (5, self._noise),
        )  # fmt: skip

    def next(self) -> Forge:
        """One request."""
        weights = [weight for weight, _ in self._kinds]
        return self._random.choices(self._kinds, weights)[0][1]()

    def _forged(self) -> Forge:
        """Well-formed HTTP with any JSON, under a signature that is none."""
        body = self._json()
        return self._request(self._path(), body, (f"Authorization: {self._forged_signature(body)}",)), True

    def _signed_nonsense(self) -> Forge:
        """Genuinely signed, and no webhook."""
        is_status = self._random.random() < 0.5
        body = self._garbled(self._json())
        while self._means_something(body, is_status=is_status):
            body = self._garbled(body)
        path = f"/infobip/{'status' if is_status else 'callback'}"
        signature = sign(self._public_url + path, body, self._credential, is_status=is_status)
        return self._request(path, body, (f"Authorization: {signature}",), method="POST"), True

    def _odd_headers(self) -> Forge:
        odd = self._random.sample(HEADERS, self._random.randint(1, 4))
        return self._request(self._path(), self._json(), odd), False

    def _chunked(self) -> Forge:
        """A body in chunks, with sizes that may lie."""
        body, parts = self._json(), []
        while body:
            size = self._random.randint(1, 40)
            part, body = body[:size], body[size:]
            told = len(part) if self._random.random() < 0.97 else self._random.choice((0, 1, -1, 2**31, 2**70))
            parts.append(b"%x%s\r\n%s\r\n" % (max(told, 0), self._random.choice((b"", b"", b";a=b")), part))
        parts.append(self._random.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\nx: y\r\n\r\n", b"\r\n", b"")))
        head = f"POST {self._path()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head.encode() + b"".join(parts), False

    def _mutated(self) -> Forge:
        return self._garbled(self._forged()[0], 8), False

    def _noise(self) -> Forge:
        return self._random.randbytes(self._random.choice((1, 10, 100, 1_000, 20_000))), False

    def _request(self, path: str, body: bytes, headers: Any, method: str = "") -> bytes:
        lines = [f"{method or self._random.choice(METHODS)} {path} HTTP/1.1", "Host: x", *headers]
        if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join((*lines, "", "")).encode("latin-1") + body

    def _path(self) -> str:
        path = self._random.choice(WEBHOOKS if self._random.random() < 0.8 else ELSEWHERE)
        tail = self._random.choice(("", "", "", "?a=%ff&b", "?" + "q" * 300, "/../x", "%2e", ";v=1"))
        return path + tail if self._random.random() < 0.3 else path

    def _forged_signature(self, body: bytes) -> str:
        """Near to a signature in every way but one."""
        other = Credential(self._credential.api_id, "another-key")
        good = sign(self._public_url + "/infobip/callback", body, other)
        return self._random.choice(
            (
                good,
                good[:-1],
                good.upper(),
                good.replace(":", "::"),
                f"nobody:{'0' * 64}",
                ":",
                "",
                "é" * 9,
                "a:" + "f" * 900,
            )
        )

    def _json(self) -> bytes:
        members = [
            f"{json.dumps(self._random.choice(NAMES))}:{json.dumps(self._random.choice(VALUES))}"
            for _ in range(self._random.randint(0, 7))
        ]
        text = "{" + ",".join(members) + "}"
        nesting = self._random.choice((0, 0, 0, 0, 0, 0, 0, 0, 3, 900))
        return (f'{{"x":{"[" * nesting}{text}{"]" * nesting}}}' if nesting else text).encode()

    def _garbled(self, data: bytes, times: int = 3) -> bytes:
        """The same with something put in, taken out or changed."""
        garbled = bytearray(data)
        for _ in range(self._random.randint(1, times)):
            at = self._random.randint(0, len(garbled))
            span = self._random.randint(0, 4)
            garbled[at : at + span] = self._random.choice((b"", self._random.choice(ODD), self._random.randbytes(2)))
        return bytes(garbled)

    def _means_something(self, body: bytes, *, is_status: bool) -> bool:
        try:
            if is_status:
                parse_status(body, ZONE)
            else:
                parse_callback(body)
        except MalformedWebhook:
            return False
        return True
