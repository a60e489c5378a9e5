"""The HTTP of a plain callback, read and answered by the shortest way.

gunicorn reads and answers any request that there may be, and takes longer for that than the application
for all the rest. What is read here is so plain that there is one way only to read it: everything else
goes gunicorn's way. A test holds the two against each other.
"""

import re
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from io import BytesIO
from typing import Any, Final

from gunicorn import SERVER, SERVER_SOFTWARE

from webhook_edge.infobip import CALLBACK_PATH

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_REQUEST_LINE: Final = f"POST {CALLBACK_PATH} HTTP/1.1\r\n".encode()
_END_OF_HEAD: Final = b"\r\n\r\n"

_LONGEST_HEAD: Final = 8_000
"""Bytes, so that no field is longer than gunicorn lets it be."""

_LINES: Final = re.compile(rb"(?:[!-9;-~]+:[\t -~]*\r\n)+")
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,64}")

_NEVER_PLAIN: Final = frozenset(("transfer-encoding", "expect", "upgrade", "script-name"))
_NOT_HTTP: Final = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}
_REMEMBERED: Final = 256
"""Names of fields, and heads of answers; a client that invents some makes the others a little slower."""


class PlainHttp:
    """Reads and answers plain callbacks for an application. Any thread may."""

    def __init__(self, application: Application, most_fields: int, *, many_processes: bool) -> None:
        """Take the application; what has more than ``most_fields`` is not plain."""
        self._application = application
        self._most_fields = most_fields
        self._keys: dict[str, str] = {}
        self._heads: dict[tuple[Any, ...], bytes] = {}
        self._always: Environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": CALLBACK_PATH,
            "RAW_URI": CALLBACK_PATH,
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_SOFTWARE": SERVER_SOFTWARE,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": many_processes,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }

    def environ(self, request: bytes, client: tuple[Any, ...], server: tuple[Any, ...]) -> Environ | None:
        """What a whole request says, as WSGI has it; None unless it is plain."""
        if not request.startswith(_REQUEST_LINE):
            return None
        end = request.find(_END_OF_HEAD, len(_REQUEST_LINE) - 2)
        head, body = request[len(_REQUEST_LINE) : end + 2], request[end + 4 :]
        if not _LINES.fullmatch(head) or len(head) > _LONGEST_HEAD:
            return None
        lines = head.decode("ascii").split("\r\n")
        lines.pop()
        environ = self._always.copy()
        already = len(environ)
        for line in lines:
            name, _, value = line.partition(":")
            environ[self._keys.get(name) or self._key_of(name)] = value.strip(" \t")
        # No field came twice, and none that is not plain came in under its empty key.
        if len(environ) - already != len(lines) or "" in environ or len(lines) > self._most_fields:
            return None
        # It is told as the body is, without a sign or a nought in front.
        if environ.get("CONTENT_LENGTH") != str(len(body)):
            return None
        if environ.get("HTTP_CONNECTION", "keep-alive").lower() != "keep-alive":
            return None
        environ["wsgi.input"] = BytesIO(body)
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
        environ["SERVER_NAME"], environ["SERVER_PORT"] = server[0], str(server[1])
        return environ

    def answer(self, environ: Environ, *, closing: bool) -> bytes:
        """The whole answer of the application."""
        begun: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
            del error  # nothing was sent before this is called
            begun[:] = status, headers

        iterable = self._application(environ, start_response)
        try:
            body = b"".join(iterable)
        finally:
            close = getattr(iterable, "close", None)
            if close is not None:
                close()
        status, headers = begun
        key = (int(time.time()), "close" if closing else "keep-alive", len(body), status, *headers)
        return (self._heads.get(key) or self._head(*key)) + body

    def _head(self, second: int, connection: str, length: int, status: str, *headers: tuple[str, str]) -> bytes:
        """The head of an answer, which is the same for many in one second."""
        told = [f"HTTP/1.1 {status}", f"Server: {SERVER}", f"Date: {formatdate(second, usegmt=True)}"]
        told.append(f"Connection: {connection}")
        told += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
        told += (f"Content-Length: {length}", "", "")
        text = "\r\n".join(told)
        if text.count("\n") != len(told) - 1:
            raise ValueError("a field of an answer has more than one line")
        if len(self._heads) >= _REMEMBERED:
            self._heads = {}
        head = self._heads[second, connection, length, status, *headers] = text.encode("latin-1")
        return head

    def _key_of(self, name: str) -> str:
        """What WSGI calls a field; empty for one that is not plain."""
        lower = name.lower()
        if not _NAME.fullmatch(name) or lower in _NEVER_PLAIN:
            return ""
        key = _NOT_HTTP.get(lower) or "HTTP_" + name.upper().replace("-", "_")
        if len(self._keys) < _REMEMBERED:
            self._keys[name] = key
        return key
