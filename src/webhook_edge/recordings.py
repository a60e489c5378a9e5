"""The built-in announcements: short recordings, served from memory."""

from hashlib import sha256
from importlib.resources import files

import falcon
from falcon import App

from masking_core.audio import Announcement
from webhook_edge.infobip import AudioUrls


def path_of(announcement: Announcement) -> str:
    """The path under which the edge serves a recording."""
    return f"/audio/{announcement.value}.mp3"


def audio_urls(public_url: str) -> AudioUrls:
    """Where the world finds the recordings of an edge that it knows as ``public_url``."""
    return {announcement: public_url.rstrip("/") + path_of(announcement) for announcement in Announcement}


def add_recordings(app: App[falcon.Request, falcon.Response]) -> None:
    """Serve every built-in recording."""
    folder = files("webhook_edge") / "audio"
    for announcement in Announcement:
        app.add_route(path_of(announcement), Recording((folder / f"{announcement.value}.mp3").read_bytes()))


class Recording:
    """One recording, whole or a range of its bytes."""

    def __init__(self, data: bytes) -> None:
        """Take the mp3."""
        self._data = data
        self._etag = falcon.ETag(sha256(data).hexdigest()[:16])

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with the bytes asked for, or that the client has them already."""
        resp.etag = self._etag.dumps()
        resp.cache_control = ("public", "max-age=86400")
        resp.accept_ranges = "bytes"
        if any(known in ("*", self._etag) for known in req.if_none_match or ()):
            resp.status = falcon.HTTP_304
            return
        resp.content_type = "audio/mpeg"
        span = self._span(req)
        if span is None:
            resp.data = self._data
            return
        resp.status = falcon.HTTP_206
        resp.content_range = (span.start, span.stop - 1, len(self._data))
        resp.data = self._data[span.start : span.stop]

    on_head = on_get

    def _span(self, req: falcon.Request) -> range | None:
        """The bytes asked for; None for all, and for a range that cannot be read, which RFC 9110 ignores."""
        size = len(self._data)
        try:
            asked = req.range if req.range_unit == "bytes" and req.get_header("If-Range") is None else None
        except falcon.HTTPInvalidHeader:
            return None
        if asked is None:
            return None
        first, last = asked
        start = max(size + first, 0) if first < 0 else first
        if start >= size:
            raise falcon.HTTPRangeNotSatisfiable(size)
        return range(start, size if last < 0 else min(last + 1, size))
