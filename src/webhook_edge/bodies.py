"""Reading a request's body, once and within bounds."""

from typing import Final

import falcon
from gunicorn.http.errors import ParseException

MAX_BODY: Final = 64 * 1024
"""Bytes; a webhook has a few hundred."""


def read_body(req: falcon.Request) -> bytes:
    """The whole body. Raises falcon's 413 for one that is too large, unread, and 400 for one that breaks off."""
    declared = req.content_length
    if declared is not None and declared > MAX_BODY:
        raise _too_large()
    # Without a length the body is chunked, and ends by itself where the server says so.
    chunked = declared is None and req.env.get("wsgi.input_terminated")
    length = MAX_BODY + 1 if chunked else declared or 0
    try:
        body: bytes = req.stream.read(length) if length else b""
    except (OSError, ParseException) as error:
        raise _broken_off() from error
    if len(body) > MAX_BODY:
        raise _too_large()
    if len(body) < length and not chunked:
        raise _broken_off()
    return body


def _too_large() -> falcon.HTTPError:
    return falcon.HTTPContentTooLarge(title=f"the body has more than {MAX_BODY} bytes")


def _broken_off() -> falcon.HTTPError:
    return falcon.HTTPBadRequest(title="the body breaks off or is not valid HTTP")
