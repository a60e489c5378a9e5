"""Reading a request's body, once and within bounds."""

import falcon
from gunicorn.http.errors import ParseException


def read_body(req: falcon.Request, most: int) -> bytes:
    """The whole body. Raises falcon's 413 for one of more than ``most`` bytes, and 400 for one that breaks off."""
    declared = req.content_length
    if declared is not None and declared > most:
        raise _too_large(most)
    # Without a length the body is chunked, and ends by itself where the server says so.
    chunked = declared is None and req.env.get("wsgi.input_terminated")
    length = most + 1 if chunked else declared or 0
    try:
        body: bytes = req.stream.read(length) if length else b""
    except (OSError, ParseException) as error:
        raise _broken_off() from error
    if len(body) > most:
        raise _too_large(most)
    if len(body) < length and not chunked:
        raise _broken_off()
    return body


def _too_large(most: int) -> falcon.HTTPError:
    return falcon.HTTPContentTooLarge(title=f"the body has more than {most} bytes")


def _broken_off() -> falcon.HTTPError:
    return falcon.HTTPBadRequest(title="the body breaks off or is not valid HTTP")
